import { ConsoleLogger, type ConsoleLoggerOptions, type LogLevel } from '@nestjs/common';
import { LogEntry, MAX_BACKTRACE } from '../core/log-entry.js';
import { currentCorrelationId } from '../handlers/correlation-context.js';
import { logSettings } from './log-settings.js';

/**
 * Prints every line of the application, Nest's and the host's own included, in the shape of the library's: one JSON object
 * per line, all fields at the top.
 *
 * @example NestFactory.create(AppModule, { logger: new TaskerJsonLogger() });
 */
export class TaskerJsonLogger extends ConsoleLogger {
  constructor(options: Omit<ConsoleLoggerOptions, 'json' | 'colors' | 'compact'> = {}) {
    super({ ...options, json: true, colors: false, compact: true });
  }

  protected override getJsonLogObject(
    message: unknown,
    { context, logLevel, errorStack, params, error }: JsonRecord,
  ): never {
    // Nest names the type differently from version to version; it is printed as it is.
    if (message instanceof LogEntry) return message.toJSON() as never;
    const stack = errorStack ?? error?.stack;
    return {
      ...params,
      timestamp: new Date().toISOString(),
      level: LEVELS[logLevel] ?? logLevel,
      component: context === undefined || context === '' ? undefined : context,
      message,
      correlation_id: currentCorrelationId(),
      ...(error && { exception_class: error.name, exception_message: error.message }),
      ...(typeof stack === 'string' && { backtrace: framesOf(stack) }),
      environment: logSettings().environment,
      process_id: process.pid,
    } as never;
  }
}

interface JsonRecord {
  readonly context: string;
  readonly logLevel: LogLevel;
  readonly errorStack?: unknown;
  readonly params?: Record<string, unknown>;
  readonly error?: Error;
}

const LEVELS: Partial<Record<LogLevel, string>> = { log: 'info', verbose: 'debug' };

function framesOf(stack: string): string[] {
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return lines.slice(0, MAX_BACKTRACE).map((line) => line.trim());
}
