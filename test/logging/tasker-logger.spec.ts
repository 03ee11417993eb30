import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';
import { DEFAULT_REDACTION, Redactor } from '../../src/core/redaction.js';
import { SensitivePaths } from '../../src/core/sensitive-paths.js';
import { TaskerJsonLogger } from '../../src/logging/json-logger.js';
import { configureLogs, type LogSettings, logSettings } from '../../src/logging/log-settings.js';
import { TaskerLogger } from '../../src/logging/tasker-logger.js';
import { runWithCorrelationId } from '../../src/handlers/correlation-context.js';

const SETTINGS: LogSettings = {
  format: 'text',
  level: 'debug',
  environment: 'test',
  redactor: new Redactor(DEFAULT_REDACTION),
};
const before = logSettings();
const logger = new TaskerLogger('TaskerStep');
const FIELDS = { sku: 'x1', password: 'hunter2', cart: { token: 't', total: 3 } };
const request = { level: 'warn', message: 'low stock', facts: { task_id: 7 }, fields: FIELDS } as const;

let written: { stream: 'stdout' | 'stderr'; text: string }[] = [];
const restore: (() => void)[] = [];

/** What a logger prints while `work` runs. */
function printed(host: LoggerService | false, settings: Partial<LogSettings>, work: () => void): string[] {
  configureLogs({ ...SETTINGS, ...settings });
  Logger.overrideLogger(host);
  written = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const spy = process[stream].write.bind(process[stream]);
    process[stream].write = (text: string) => written.push({ stream, text }) > 0;
    restore.push(() => (process[stream].write = spy));
  }
  try {
    work();
  } finally {
    restore.splice(0).forEach((undo) => undo());
  }
  return written.map(({ text }) => text);
}

afterEach(() => {
  configureLogs(before);
  Logger.overrideLogger(new ConsoleLogger());
});

const console_ = (options = {}) => new ConsoleLogger({ colors: false, ...options });

describe('as text', () => {
  it('is one line with the fields behind the message, and no secret in it', () => {
    const lines = printed(console_(), {}, () => logger.write(request));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /WARN \[TaskerStep\] low stock task_id=7 sku=x1 password=\[FILTERED\] cart\.token=\[FILTERED\] cart\.total=3\n$/,
    );
  });

  it('keeps a message with line breaks on its line', () => {
    const lines = printed(console_(), {}, () => logger.log('a\n[Nest] 1 - forged'));
    expect(lines).toEqual([expect.stringMatching(/LOG \[TaskerStep\] a\\n\[Nest\] 1 - forged\n$/)]);
  });

  it('prints the stack of an exception below it, without secrets', () => {
    const error = new Error('no: password=hunter2');
    const lines = printed(console_(), {}, () => logger.exception('GET /x failed', error, { correlation_id: 'c' }));
    expect(lines[0]).toMatch(/ERROR \[TaskerStep\] GET \/x failed correlation_id=c\n$/);
    expect(lines[1]).toMatch(/Error: no: password=\[FILTERED\]\n +at /);
  });
});

describe('as JSON', () => {
  const fields = { task_id: 7, sku: 'x1', password: '[FILTERED]', cart: { token: '[FILTERED]', total: 3 } };
  const shape = {
    ...{ timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/) as string, level: 'warn' },
    ...{ component: 'TaskerStep', message: 'low stock', ...fields },
    ...{ environment: 'test', tasker_version: '0.1.0', process_id: process.pid },
  };

  it('is one object per line with all fields at the top, of our own logger', () => {
    const lines = printed(new TaskerJsonLogger(), { format: 'json' }, () => logger.write(request));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.split('\n')).toHaveLength(2);
    expect(JSON.parse(lines[0]!)).toEqual(shape);
  });

  it("is one object per line, of Nest's JSON logger: the fields stand in its message", () => {
    const lines = printed(new ConsoleLogger({ json: true }), { format: 'json' }, () => logger.write(request));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', context: 'TaskerStep', message: shape });
  });

  it("is JSON on one line behind the prefix of Nest's text logger", () => {
    const lines = printed(console_(), { format: 'json' }, () => logger.write(request));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!.slice(lines[0]!.indexOf('{')))).toEqual(shape);
  });

  it('is an object for loggers that merge its fields into theirs', () => {
    const merged: object[] = [];
    const write = (level: number) => (message: unknown, ...rest: unknown[]): void =>
      void merged.push({ level, context: rest.at(-1), ...(message as object) }); // prettier-ignore
    const pino = { log: write(30), warn: write(40), error: write(50) };
    printed(pino, { format: 'json' }, () => {
      logger.write(request);
      logger.exception('failed', new TypeError('no'));
    });
    expect(merged).toEqual([
      { ...shape, level: 40, context: 'TaskerStep' },
      expect.objectContaining({ level: 50, exception_class: 'TypeError', backtrace: expect.any(Array) as string[] }),
    ]);
  });

  it("gives the same shape to Nest's lines and the host's own, of our own logger", () => {
    const lines = printed(new TaskerJsonLogger(), { format: 'json' }, () => {
      runWithCorrelationId('req-7', () => new Logger('Shop').log('opened', { door: 1 }));
      new Logger('Shop').error('closed', new Error('fire').stack);
    });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        level: 'info',
        component: 'Shop',
        message: 'opened',
        door: 1,
        correlation_id: 'req-7',
      }),
      expect.objectContaining({
        level: 'error',
        component: 'Shop',
        message: 'closed',
        backtrace: expect.any(Array) as string[],
      }),
    ]);
  });
});

it('hides sensitive names and values in message and fields', () => {
  const scope = { paths: SensitivePaths.of(['payment.holder']).anywhere, secrets: ['Ann Smith'] };
  const lines = printed(console_(), {}, () =>
    logger.write({
      level: 'info',
      message: 'charged Ann Smith',
      fields: { holder: 'A. S.', note: 'for Ann Smith' },
      scope,
    }),
  );
  expect(lines[0]).toContain('charged [FILTERED] holder=[FILTERED] note="for [FILTERED]"');
});

it('writes nothing below the level of the option, nor below that of the host', () => {
  const all = (): void => ['debug', 'log', 'warn', 'error'].forEach((level) => logger[level as 'log'](level));
  expect(printed(console_(), { level: 'warn' }, all)).toHaveLength(2);
  expect(printed(console_({ logLevels: ['error'] }), {}, all)).toHaveLength(1);
  expect(printed(false, {}, all)).toHaveLength(0);
});

it.each(['text', 'json'] as const)('disturbs nobody when the logger or the fields are broken (%s)', (format) => {
  const broken = (): never => {
    throw new Error('disk full');
  };
  const circle: Record<string, unknown> = { get trap() { return broken(); } }; // prettier-ignore
  printed({ log: broken, warn: broken, error: broken }, { format }, () => logger.write(request));
  const lines = printed(console_(), { format }, () => logger.write({ ...request, fields: circle }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('low stock');
  expect(lines[0]).toContain('[WITHHELD]');
});
