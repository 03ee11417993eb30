import { type LogLevel } from '../core/log-entry.js';
import { Redactor } from '../core/redaction.js';

export interface LoggingOptions {
  /** `text`: one line of message and `name=value`; `json`: one object. Both through the host's logger. */
  readonly format: 'text' | 'json';
  /** Nothing below is written. The host's logger may leave out more. */
  readonly level: LogLevel;
}

export interface LogSettings extends LoggingOptions {
  readonly environment: string;
  readonly redactor: Redactor;
}

let settings: LogSettings = {
  format: 'text',
  level: 'debug',
  environment: process.env.NODE_ENV ?? 'development',
  redactor: new Redactor(),
};

/** Of this process, as Nest's own logger is: of two applications in one process the last to start decides. */
export function logSettings(): LogSettings {
  return settings;
}

export function configureLogs(changed: LogSettings): void {
  settings = changed;
}
