import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  asText,
  durationFacts,
  exceptionFacts,
  LogEntry,
  type LogLine,
  performanceCategory,
} from '../../src/core/log-entry.js';

const line = (change: Partial<LogLine> = {}): LogLine => ({
  at: new Date('2026-01-31T12:00:00.123Z'),
  level: 'warn',
  component: 'TaskerStep',
  message: 'low stock',
  facts: { task_id: 7, step: 'reserve', attempt: undefined },
  fields: { sku: 'x1' },
  process: { environment: 'test', tasker_version: '0.1.0', process_id: 1 },
  ...change,
});

describe('a line as an object', () => {
  it('has every field at the top, and says when and how bad first', () => {
    expect(JSON.stringify(new LogEntry(line()))).toBe(
      '{"timestamp":"2026-01-31T12:00:00.123Z","level":"warn","component":"TaskerStep","message":"low stock",' +
        '"task_id":7,"step":"reserve","sku":"x1","environment":"test","tasker_version":"0.1.0","process_id":1}',
    );
  });

  it('leaves the level to loggers that take its properties and write one themselves', () => {
    expect(Object.keys({ ...new LogEntry(line()) })).not.toContain('level');
  });

  it('is JSON on one line where a console would show an object on several', () => {
    const entry = new LogEntry(line({ fields: { deep: { er: { est: [1, 2, 3] } }, text: 'a\nb'.repeat(50) } }));
    expect(inspect(entry)).toBe(JSON.stringify(entry));
    expect(inspect(entry)).not.toContain('\n');
  });

  it('never lets a field of others replace one of ours', () => {
    const fields = {
      message: 'mine',
      task_id: 8,
      level: 'info',
      environment: 'x',
      sku: 'y',
      toJSON: 1,
      ['__proto__']: { a: 1 },
    };
    const shown = JSON.parse(JSON.stringify(new LogEntry(line({ fields })))) as object;
    expect(shown).toMatchObject({ message: 'low stock', task_id: 7, level: 'warn', environment: 'test' });
    expect(shown).toMatchObject({
      message_: 'mine',
      task_id_: 8,
      level_: 'info',
      environment_: 'x',
      sku: 'y',
      toJSON_: 1,
    });
  });
});

describe('a line as text', () => {
  it('is the message with its facts behind it, without those that it tells itself', () => {
    expect(asText(line(), ['step'])).toBe('low stock task_id=7 sku=x1');
  });

  it('quotes what would not be one word', () => {
    const fields = { a: 'x y', b: 'q"', c: '', d: 'a=b', e: null, f: false, g: 1.5, h: 'größe', i: '\u001b[31m' };
    expect(asText(line({ facts: {}, fields }))).toBe(
      'low stock a="x y" b="q\\"" c="" d="a=b" e=null f=false g=1.5 h=größe i="\\u001b[31m"',
    );
  });

  it('takes maps apart, two deep', () => {
    const fields = { cart: { total: 3, of: { size: { cm: 4 } } }, tags: ['a', 'b'], 'odd name': 1, none: {} };
    expect(asText(line({ facts: {}, fields }))).toBe(
      'low stock cart.total=3 cart.of.size="{\\"cm\\":4}" tags="[\\"a\\",\\"b\\"]" odd_name=1',
    );
  });

  it('is one line, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.jsonValue(),
        (message, name, value) => {
          const text = asText(line({ message, fields: { [name]: value, [`${name}\n`]: `${message}\r\u2028` } }));
          expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        },
      ),
    );
  });
});

it.each([
  [0, 'fast'],
  [100, 'fast'],
  [100.1, 'moderate'],
  [1_000, 'moderate'],
  [1_001, 'slow'],
  [5_000, 'slow'],
  [5_001, 'very_slow'],
])('calls %d ms %s', (ms, category) => expect(performanceCategory(ms)).toBe(category));

it('rounds durations to hundredths', () => {
  expect(durationFacts(12.3456)).toEqual({ duration_ms: 12.35, performance_category: 'fast' });
});

it('tells an exception by class, message and ten lines of its stack', () => {
  class CardDeclined extends Error {}
  const deep = (n: number): never => {
    if (n > 0) deep(n - 1);
    throw new CardDeclined('no money');
  };
  let thrown: unknown;
  try {
    deep(30);
  } catch (error) {
    thrown = error;
  }
  const facts = exceptionFacts(thrown);
  expect(facts).toMatchObject({ exception_class: 'CardDeclined', exception_message: 'no money' });
  expect(facts.backtrace).toHaveLength(10);
  expect(exceptionFacts('text')).toEqual({ exception_class: 'string', exception_message: 'text' });
});
