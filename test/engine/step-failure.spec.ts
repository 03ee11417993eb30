import { PermanentError, RetryableError } from 'nestjs-tasker';
import fc from 'fast-check';
import { type StepFailure } from '../../src/core/records.js';
import { storableJson } from '../../src/core/storable-json.js';
import { engineFailure, toStepFailure } from '../../src/engine/step-failure.js';

class CardDeclined extends Error {}

class Nameless extends Error {}
Nameless.prototype.name = '';
Object.defineProperty(Nameless, 'name', { value: 5 });

/** What the database takes, and no more than it shall keep. */
function expectStorable(failure: StepFailure): void {
  expect(storableJson(failure, 128 * 1024)).toEqual({ text: JSON.stringify(failure) });
  expect(failure.message).not.toBe('');
  expect(failure.message.length).toBeLessThanOrEqual(4_000);
  expect(failure.errorClass).not.toBe('');
  expect(failure.errorClass.length).toBeLessThanOrEqual(255);
  expect(failure.errorCode === undefined || failure.errorCode.length <= 255).toBe(true);
  expect(failure.stack === undefined || failure.stack.length <= 10).toBe(true);
}

describe('what is kept of a thrown error', () => {
  it('is its message, its class and the first lines of its stack', () => {
    const failure = toStepFailure(new CardDeclined('no funds'));
    expect(failure).toMatchObject({ message: 'no funds', errorClass: 'CardDeclined', permanent: false });
    expect(failure.stack?.[0]).toMatch(/^at .*step-failure\.spec\.ts/);
    expect(failure.errorCode).toBeUndefined();
    expect(failure.context).toBeUndefined();
  });

  it('is the code of a system error', () => {
    expect(toStepFailure(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })).errorCode).toBe('ECONNREFUSED');
  });

  it('is what the handler said of it: permanent or not, code and context', () => {
    const said = { errorCode: 'DECLINED', context: { amount: 7 } };
    expect(toStepFailure(new PermanentError('no', said))).toMatchObject({ ...said, permanent: true });
    expect(toStepFailure(new RetryableError('no', said))).toMatchObject({ ...said, permanent: false });
  });

  it('names the class when there is no message', () => {
    expect(toStepFailure(new Error()).message).toBe('Error without a message');
    expect(toStepFailure(new TypeError('')).message).toBe('TypeError without a message');
  });

  it.each([
    ['text', 'text', 'string'],
    ['', 'an empty string was thrown', 'string'],
    [undefined, 'undefined was thrown', 'undefined'],
    [null, 'null was thrown', 'null'],
    [7, '7', 'number'],
    [{ message: 'looks like one' }, 'looks like one', 'Object'],
    [{ status: 500 }, '{"status":500}', 'object'],
    [10n, 'a value was thrown that cannot be written as JSON: Do not know how to serialize a BigInt', 'bigint'],
  ])('says what was thrown when it was no error: %p', (thrown, message, errorClass) => {
    expect(toStepFailure(thrown)).toEqual({ message, errorClass, permanent: false });
  });

  it('cuts a long message between two characters', () => {
    for (const shift of ['', 'x']) {
      const failure = toStepFailure(new Error(shift + '🚚'.repeat(5_000)));
      expectStorable(failure);
      expect(failure.message.length).toBeGreaterThanOrEqual(3_999);
    }
  });

  it('replaces what PostgreSQL cannot store', () => {
    const failure = toStepFailure(new Error('a\u0000b\uD800c'));
    expect(failure.message).toBe('a\uFFFDb\uFFFDc');
    expectStorable(failure);
  });

  it('takes a code that is a number, as many systems give one', () => {
    const numeric = { errorCode: 404 } as unknown as { errorCode: string };
    expect(toStepFailure(new PermanentError('gone', numeric))).toMatchObject({ errorCode: '404', permanent: true });
  });

  it('drops a context that cannot be stored, and says so', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const failure = toStepFailure(new PermanentError('no', { context: circle }));
    expect(failure.context).toEqual({ dropped: expect.stringContaining('cannot be written as JSON') as string });
    const large = toStepFailure(new PermanentError('no', { context: { text: 'x'.repeat(20_000) } }));
    expect(large.context).toEqual({ dropped: expect.stringContaining('20011 bytes') as string });
  });

  it('keeps the cause of a failure permanent however broken the rest of the error is', () => {
    const error = new PermanentError('no');
    for (const key of ['stack', 'message', 'name', 'errorCode', 'context']) {
      Object.defineProperty(error, key, {
        get: () => {
          throw new Error('a getter that throws');
        },
      });
    }
    const failure = toStepFailure(error);
    expect(failure.permanent).toBe(true);
    expectStorable(failure);
  });
});

describe('whatever is thrown', () => {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const hostile: readonly (readonly [string, unknown])[] = [
    ['a revoked proxy', revoked],
    ['a frozen error', Object.freeze(new Error('frozen'))],
    ['an error without a constructor', Object.assign(new Error(''), { name: '', constructor: undefined })],
    ['an error whose class has a name that is no text', new Nameless('')],
    ['an object without a prototype', Object.create(null)],
    ['an object that throws when it is written', { toJSON: () => { throw Object.create(null); } }],
    ['a symbol', Symbol('thrown')],
    ['a function', () => undefined],
    ['NaN', NaN],
    ['an AggregateError', new AggregateError([new Error('one'), new Error('two')], 'both')],
  ]; // prettier-ignore

  it.each(hostile)('gives a failure that can be stored: %s', (_what, thrown) => {
    expectStorable(toStepFailure(thrown));
  });

  it('gives a failure that can be stored', () => {
    fc.assert(
      fc.property(anything, (thrown) => expectStorable(toStepFailure(thrown))),
      { numRuns: 500 },
    );
  });
});

describe('a failure the engine finds itself', () => {
  it('can be stored whatever its message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 9_000 }), fc.boolean(), (message, permanent) => {
        const failure = engineFailure('STEP_TIMEOUT', message, permanent);
        expectStorable(failure);
        expect(failure).toMatchObject({ errorCode: 'STEP_TIMEOUT', permanent });
      }),
      { numRuns: 200 },
    );
  });
});

const text = fc.string({ unit: 'binary', maxLength: 9_000 });
const value = fc.oneof(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }), text);
const fields = fc.record(
  { message: value, name: value, stack: value, code: value, cause: value, errorCode: value, context: value },
  { requiredKeys: [] },
);
/** Any value at all, and errors any field of which may be anything. */
const anything = fc.oneof(
  value,
  fields.map((given) => Object.assign(new Error('no'), given)),
  fields.map((given) => Object.assign(new PermanentError('no'), given)),
  fc.tuple(text, fields).map(([message, given]) => new RetryableError(message, given as object)),
);
