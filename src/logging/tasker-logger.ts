import { Logger } from '@nestjs/common';
import {
  asText,
  exceptionFacts,
  LOG_LEVELS,
  LogEntry,
  type LogFields,
  type LogLevel,
  type LogLine,
} from '../core/log-entry.js';
import { LOG_BOUNDS, type RedactionScope, type Redactor } from '../core/redaction.js';
import { LIBRARY_VERSION } from '../core/version.js';
import { logSettings } from './log-settings.js';

/** A line that is more than a sentence. */
export interface LogRequest {
  readonly level: LogLevel;
  readonly message: string;
  /** Ours: ids, durations, exceptions. */
  readonly facts?: LogFields;
  /** Names of facts that the message tells already; the text leaves them out. */
  readonly said?: readonly string[];
  /** Somebody else's. */
  readonly fields?: LogFields;
  /** What is hidden beside names of secrets. */
  readonly scope?: Pick<RedactionScope, 'paths' | 'secrets'>;
  /** Printed below the text. */
  readonly stack?: string;
}

const NEST_LEVEL = { debug: 'debug', info: 'log', warn: 'warn', error: 'error' } as const;
/** A stack does not fit on a line of text. */
const ONLY_JSON = ['backtrace'];

/**
 * What every part of the library logs with: the line in the shape that the option `logging` asks for, without secrets,
 * handed to whatever logger the host has given Nest. Never throws, because no work may fail for its log.
 */
export class TaskerLogger {
  private readonly logger: Logger;

  constructor(private readonly component: string) {
    this.logger = new Logger(component);
  }

  debug(message: string, facts?: LogFields): void {
    this.write({ level: 'debug', message, facts });
  }

  log(message: string, facts?: LogFields): void {
    this.write({ level: 'info', message, facts });
  }

  warn(message: string, facts?: LogFields): void {
    this.write({ level: 'warn', message, facts });
  }

  error(message: string, facts?: LogFields): void {
    this.write({ level: 'error', message, facts });
  }

  /** An error with what was thrown: its stack too, in text on lines of its own as Nest prints one. */
  exception(message: string, thrown: unknown, facts: LogFields = {}): void {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    const said = ['exception_class', 'exception_message'];
    this.write({ level: 'error', message, facts: { ...facts, ...exceptionFacts(thrown) }, said, stack });
  }

  write(request: LogRequest): void {
    const { format, level } = logSettings();
    if (LOG_LEVELS.indexOf(request.level) < LOG_LEVELS.indexOf(level)) return;
    const method = NEST_LEVEL[request.level];
    try {
      const line = this.lineOf(request);
      if (format === 'json') this.logger[method](new LogEntry(line));
      else this.writeText(method, asText(line, [...ONLY_JSON, ...(request.said ?? [])]), request);
    } catch (error) {
      this.failed(method, error);
    }
  }

  private writeText(method: (typeof NEST_LEVEL)[LogLevel], text: string, { stack, scope }: LogRequest): void {
    if (stack === undefined) this.logger[method](text);
    else this.logger[method](text, logSettings().redactor.text(stack, scope));
  }

  private lineOf({ level, message, facts = {}, fields = {}, scope = {} }: LogRequest): LogLine {
    const { redactor, environment } = logSettings();
    return {
      at: new Date(),
      level,
      component: this.component,
      message: redactor.text(String(message), scope),
      facts: redactFacts(facts, redactor, scope),
      fields: redactor.fields(fields, { ...scope, inText: true, bounds: LOG_BOUNDS }),
      process: { environment, tasker_version: LIBRARY_VERSION, process_id: process.pid },
    };
  }

  /** A host's logger that throws is the host's trouble, but the trouble must not spread. */
  private failed(method: (typeof NEST_LEVEL)[LogLevel], error: unknown): void {
    try {
      this.logger[method](`A line could not be logged: ${error instanceof Error ? error.name : 'it failed'}.`);
    } catch {
      // Nothing is left to tell it to.
    }
  }
}

/** Our own names say what they are; only texts in them may quote a secret. */
function redactFacts(facts: LogFields, redactor: Redactor, scope: LogRequest['scope']): LogFields {
  const hide = (value: unknown): unknown => {
    if (typeof value === 'string') return redactor.text(value, scope);
    if (Array.isArray(value)) return value.map(hide);
    return typeof value === 'object' && value !== null
      ? redactor.value(value, { ...scope, inText: true, bounds: LOG_BOUNDS })
      : value;
  };
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, hide(value)]));
}
