import fc from 'fast-check';
import { ContextValidationError, ValidationError } from 'nestjs-tasker';
import { HashIdentity, type IdentityInput, type IdentityStrategy, UniqueIdentity } from '../../src/core/identity.js';
import { Definition } from '../../src/definitions/definition.js';
import { type StepTemplate } from '../../src/definitions/task-template.js';
import { checkTaskRequest, type TaskRequest, toNewTask } from '../../src/engine/task-request.js';

const NOW = new Date('2030-05-06T07:08:09Z');

const step = (name: string, skippable: boolean): StepTemplate => ({
  name,
  description: '',
  handler: 'stub',
  dependentSystem: 'unknown',
  dependsOn: [],
  retryable: true,
  retryLimit: 3,
  timeoutSeconds: null,
  backoff: null,
  skippable,
  config: {},
});

const definition = Definition.of({
  namespace: 'shop',
  name: 'order',
  version: '2.0.0',
  description: '',
  schema: {
    type: 'object',
    properties: { id: { type: 'integer' }, currency: { type: 'string', default: 'EUR' } },
    required: ['id'],
  },
  strictContext: 'reject',
  schedule: null,
  steps: [step('validate', false), step('notify', true)],
});

function refusal(request: unknown): ValidationError {
  try {
    checkTaskRequest(request as TaskRequest);
  } catch (error) {
    expect(error).toBeInstanceOf(ValidationError);
    return error as ValidationError;
  }
  throw new Error(`was not refused: ${JSON.stringify(request)}`);
}

function newTask(
  request: Partial<TaskRequest> = {},
  identity: IdentityStrategy = new UniqueIdentity(),
  maxContextBytes = 1_000,
) {
  const whole = { name: 'order', context: { id: 7 }, ...request };
  return toNewTask(whole, definition, 42, identity, { maxContextBytes, now: NOW });
}

describe('a request', () => {
  it.each([
    ['nothing at all', undefined],
    ['null', null],
    ['a list', []],
    ['a text', 'order'],
  ])('that is %s is refused in words', (_what, request) => {
    expect(refusal(request).message).toBe('createTask was called without a request object.');
  });

  it.each<readonly [field: string, request: object, code: string]>([
    ['name', {}, 'type'],
    ['name', { name: ' ' }, 'empty'],
    ['name', { name: 7 }, 'type'],
    ['name', { name: 'x'.repeat(129) }, 'length'],
    ['namespace', { namespace: null }, 'type'],
    ['version', { version: 1 }, 'type'],
    ['initiator', { initiator: 'a\0b' }, 'characters'],
    ['sourceSystem', { sourceSystem: '\uD800' }, 'characters'],
    ['reason', { reason: '' }, 'empty'],
    ['correlationId', { correlationId: 'x'.repeat(129) }, 'length'],
    ['idempotencyKey', { idempotencyKey: '' }, 'empty'],
    ['idempotencyKey', { idempotencyKey: 'x'.repeat(129) }, 'length'],
    ['tags', { tags: 'urgent' }, 'type'],
    ['tags', { tags: Array.from({ length: 51 }, (_, i) => `tag ${i}`) }, 'length'],
    ['tags[1]', { tags: ['ok', ''] }, 'type'],
    ['tags[0]', { tags: ['\uDC00'] }, 'type'],
    ['bypassSteps', { bypassSteps: {} }, 'type'],
    ['bypassSteps[0]', { bypassSteps: [7] }, 'type'],
    ['priority', { priority: 1.5 }, 'range'],
    ['priority', { priority: -101 }, 'range'],
    ['priority', { priority: '5' }, 'range'],
    ['onDuplicate', { onDuplicate: 'ignore' }, 'enum'],
    ['requestedAt', { requestedAt: '2030-01-01' }, 'type'],
    ['requestedAt', { requestedAt: new Date(NaN) }, 'type'],
    ['runAt', { runAt: new Date('+012345-01-01T00:00:00Z') }, 'range'],
    ['runAt', { runAt: new Date('-000001-01-01T00:00:00Z') }, 'range'],
    ['contxt', { contxt: {} }, 'unknown'],
  ])('is refused with the name of the field: %s, %j', (path, request, code) => {
    const named = path === 'name' ? request : { name: 'order', ...request };
    const { message, errors } = refusal(named);
    expect(errors).toContainEqual({ path, code, message: expect.any(String) as string });
    expect(message).toContain(path);
  });

  it('is refused with every field that is wrong, not only the first', () => {
    const { errors } = refusal({ name: '', priority: 1000, tags: [1], other: 1 });
    expect(errors.map(({ path }) => path)).toEqual(['name', 'tags[0]', 'priority', 'other']);
  });

  it('may say everything, and may leave out everything but its name', () => {
    checkTaskRequest({ name: 'order' });
    checkTaskRequest({
      name: 'order',
      namespace: 'shop',
      version: '^2.0.0',
      context: {},
      initiator: 'x'.repeat(128),
      sourceSystem: '🛒',
      reason: 'because',
      tags: Array.from({ length: 50 }, () => 'x'.repeat(128)),
      bypassSteps: ['notify'],
      priority: -100,
      idempotencyKey: 'k',
      onDuplicate: 'reject',
      correlationId: 'c',
      requestedAt: NOW,
      runAt: NOW,
    });
    checkTaskRequest({ name: 'order', namespace: undefined, tags: undefined, priority: undefined });
  });

  it('is refused or passes, whatever it is; nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }), (value) => {
        for (const request of [
          value,
          { name: 'order', tags: value, runAt: value, priority: value, initiator: value },
        ]) {
          try {
            checkTaskRequest(request as TaskRequest);
          } catch (error) {
            expect(error).toBeInstanceOf(ValidationError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a request as it is stored', () => {
  it('has the defaults of what it left out', () => {
    expect(newTask()).toMatchObject({
      definitionId: 42,
      initiator: 'unknown',
      sourceSystem: 'unknown',
      reason: 'unknown',
      tags: [],
      bypassSteps: [],
      priority: 0,
      requestedAt: null,
      runAt: null,
      rejectDuplicate: true,
      correlationId: expect.stringMatching(/^tsk_[0-9a-f-]{36}$/) as string,
    });
  });

  it('has the defaults of the schema in its context, and leaves the given one alone', () => {
    const context = Object.freeze({ id: 7 });
    expect(JSON.parse(newTask({ context }).contextText)).toEqual({ id: 7, currency: 'EUR' });
    expect(context).toEqual({ id: 7 });
  });

  it('is refused when its context does not fit the schema, naming the field', () => {
    expect(() => newTask({ context: { id: 'seven' } })).toThrow(ContextValidationError);
    expect(() => newTask({ context: { id: 'seven' } })).toThrow(/context\.id/);
    expect(() => newTask({ context: { id: 7, currncy: 'USD' } })).toThrow(/context\.currncy/);
  });

  it('is refused when its context is too large, with both sizes', () => {
    const large = { id: 7, currency: 'x'.repeat(2_000) };
    expect(() => newTask({ context: large })).toThrow(/The context cannot be stored: .*2022 bytes.* 1000 bytes/);
  });

  it('names each step to bypass once, and is refused when one may not be left out', () => {
    expect(newTask({ bypassSteps: ['notify', 'notify'] }).bypassSteps).toEqual(['notify']);
    const refused = (bypassSteps: string[]) => () => newTask({ bypassSteps });
    expect(refused(['validate'])).toThrow(/"validate" is not declared skippable/);
    expect(refused(['notify', 'ship'])).toThrow(/"ship" is not a step of shop\.order@2\.0\.0/);
  });
});

describe('the identity', () => {
  it('is never the same twice by default', () => {
    expect(newTask().identity).not.toBe(newTask().identity);
  });

  it('of an idempotency key holds for the namespace and name alone, and returns the task by default', () => {
    const one = newTask({ idempotencyKey: 'k', reason: 'first' });
    const two = newTask({ idempotencyKey: 'k', reason: 'second', context: { id: 8 } }, new HashIdentity());
    expect(two.identity).toBe(one.identity);
    expect(one.rejectDuplicate).toBe(false);
    expect(newTask({ idempotencyKey: 'k', onDuplicate: 'reject' }).rejectDuplicate).toBe(true);
    expect(newTask({ idempotencyKey: 'other' }).identity).not.toBe(one.identity);
  });

  it('of equal requests is equal under the hash strategy, as long as the minute is', () => {
    const hash = (request: Partial<TaskRequest>) =>
      newTask({ requestedAt: NOW, ...request }, new HashIdentity()).identity;
    expect(hash({})).toBe(hash({ context: { id: 7, currency: 'EUR' } }));
    expect(hash({})).toBe(hash({ requestedAt: new Date(NOW.getTime() + 50_000) }));
    expect(hash({})).toBe(hash({ requestedAt: undefined }));
    expect(hash({})).not.toBe(hash({ requestedAt: new Date(NOW.getTime() + 51_000) }));
    for (const other of [{ reason: 'other' }, { tags: ['a'] }, { bypassSteps: ['notify'] }, { context: { id: 8 } }]) {
      expect(hash(other)).not.toBe(hash({}));
    }
    expect(newTask({ onDuplicate: 'return' }, new HashIdentity()).rejectDuplicate).toBe(false);
  });

  it("may be the host's own, which sees the whole request", () => {
    const seen: IdentityInput[] = [];
    const own = { identityOf: (input: IdentityInput) => (seen.push(input), 'mine') };
    expect(newTask({ reason: 'because' }, own).identity).toBe('mine');
    expect(seen).toEqual([
      {
        namespace: 'shop',
        name: 'order',
        version: '2.0.0',
        context: { id: 7, currency: 'EUR' },
        requestedAt: NOW,
        initiator: 'unknown',
        sourceSystem: 'unknown',
        reason: 'because',
        tags: [],
        bypassSteps: [],
      },
    ]);
  });
});
