import { type LoggerService } from '@nestjs/common';

export interface LogLine {
  readonly level: 'log' | 'warn' | 'error' | 'debug' | 'verbose' | 'fatal';
  readonly message: unknown;
  /** The part that wrote it, e.g. `TaskerWorker`. */
  readonly context: unknown;
}

/** Keeps what an application logs instead of printing it. */
export class RecordingLogger implements LoggerService {
  readonly lines: LogLine[] = [];

  log = this.writer('log');
  warn = this.writer('warn');
  error = this.writer('error');
  debug = this.writer('debug');
  verbose = this.writer('verbose');
  fatal = this.writer('fatal');

  /** The messages of one level that contain the text. */
  find(level: LogLine['level'], text: string): string[] {
    return this.lines
      .filter((line) => line.level === level)
      .map(({ message }) => (typeof message === 'string' ? message : JSON.stringify(message)))
      .filter((message) => message.includes(text));
  }

  private writer(level: LogLine['level']) {
    return (message: unknown, ...rest: unknown[]): void => {
      this.lines.push({ level, message, context: rest.at(-1) });
    };
  }
}
