import { type StepFailure } from 'nestjs-tasker';
import { chain } from '../support/dags.js';
import { handlerOf } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

/** Runs one step whose only attempt throws what `thrower` throws, beside one that is well. */
async function failureOf(thrower: () => unknown): Promise<StepFailure> {
  const app: TestApp = await test.start({
    definitions: [{ name: 'throws', steps: [{ name: 'only', handler: 'throwing', retryLimit: 1 }] }, chain(1, 'well')],
    providers: [handlerOf('throwing', thrower), handlerOf('well', () => 'well')],
  });
  const { taskId } = await app.tasker.createTask({ name: 'throws' });
  const task = await app.tasker.waitForTask(taskId);
  expect(task).toMatchObject({ state: 'error', steps: [{ state: 'error', attempts: 1 }] });
  const after = await app.tasker.createTask({ name: 'chain_of_1' });
  expect((await app.tasker.waitForTask(after.taskId)).state).toBe('complete');
  return task.steps[0]!.error!;
}

const throws = (value: unknown) => () => {
  throw value;
};

it.each([
  ['an error without a message', new RangeError(), 'RangeError without a message', 'RangeError'],
  ['a text', 'plain text', 'plain text', 'string'],
  ['nothing', undefined, 'undefined was thrown', 'undefined'],
  ['null', null, 'null was thrown', 'null'],
  ['an object', { status: 503 }, '{"status":503}', 'object'],
  ['an error that is frozen', Object.freeze(new Error('frozen')), 'frozen', 'Error'],
])('fails the attempt and nothing else when a handler throws %s', async (_what, value, message, errorClass) => {
  expect(await failureOf(throws(value))).toMatchObject({ message, errorClass, permanent: false });
});

it('fails the attempt when a handler rejects', async () => {
  expect(await failureOf(async () => Promise.reject(new Error('later')))).toMatchObject({ message: 'later' });
});

it('fails the attempt when the error cannot even be looked at', async () => {
  class Trap extends Error {
    override get message(): string {
      throw new Error('a getter that throws');
    }
  }
  expect(await failureOf(throws(new Trap()))).toMatchObject({ message: 'Trap without a message', errorClass: 'Trap' });
});

it('keeps a bounded part of a huge message, whole characters only', async () => {
  const failure = await failureOf(throws(new Error(`x${'🚚'.repeat(1_000_000)}`)));
  expect(failure.message.length).toBeGreaterThanOrEqual(3_999);
  expect(failure.message.length).toBeLessThanOrEqual(4_000);
  expect(failure.message.startsWith('x🚚🚚')).toBe(true);
});

it('stores a message with characters that PostgreSQL refuses', async () => {
  expect((await failureOf(throws(new Error('a\0b\uD800c')))).message).toBe('a\uFFFDb\uFFFDc');
});
