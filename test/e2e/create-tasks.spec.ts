import { DuplicateTaskError, type TaskRequest } from 'nestjs-tasker';
import { chain, DIAMOND } from '../support/dags.js';
import { MOCK_HANDLERS } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

const start = (options?: Parameters<typeof test.start>[0]) =>
  test.start({ definitions: [chain(2), DIAMOND], providers: MOCK_HANDLERS, options: { worker: false }, ...options });

const countTasks = async () => (await test.sql('select from tasker_tasks')).length;
const request = (change: Partial<TaskRequest> = {}): TaskRequest => ({ name: 'chain_of_2', ...change });

describe('createTasks', () => {
  it('creates nothing for an empty list', async () => {
    const { tasker } = await start();
    expect(await tasker.createTasks([])).toEqual([]);
    expect(await countTasks()).toBe(0);
  });

  it('answers in the order of the list, across its own batches', async () => {
    const { tasker } = await start();
    const names = Array.from({ length: 1_100 }, (_, i) => (i % 3 === 0 ? DIAMOND.name : 'chain_of_2'));
    const handles = await tasker.createTasks(names.map((name, i) => ({ name, context: { i } })));
    expect(handles.map(({ name }) => name)).toEqual(names);
    const ids = handles.map(({ taskId }) => taskId);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect((await tasker.getTask(ids[777]!)).context).toEqual({ i: 777 });
  });

  it('writes nothing when one in the middle is a duplicate', async () => {
    const { tasker } = await start();
    const { taskId } = await tasker.createTask(request({ idempotencyKey: 'taken' }));
    const batch = [
      request(),
      request({ idempotencyKey: 'new' }),
      request({ idempotencyKey: 'taken', onDuplicate: 'reject' }),
      request(),
    ];
    const error: unknown = await tasker.createTasks(batch).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DuplicateTaskError);
    expect(error).toMatchObject({ code: 'DUPLICATE_TASK', existingTaskId: taskId });
    expect(await countTasks()).toBe(1);
  });

  it('writes nothing when one in the middle is not valid, not even those before it', async () => {
    const { tasker } = await start();
    for (const wrong of [
      request({ priority: 1e9 }),
      request({ name: 'no_such' }),
      request({ bypassSteps: ['step_1'] }),
    ]) {
      await expect(tasker.createTasks([request(), wrong, request()])).rejects.toMatchObject({
        message: expect.any(String) as string,
      });
    }
    expect(await countTasks()).toBe(0);
  });

  it('makes one task of those that share a key, and says which was first', async () => {
    const { tasker } = await start();
    const handles = await tasker.createTasks([
      request({ idempotencyKey: 'same', context: { n: 1 } }),
      request(),
      request({ idempotencyKey: 'same', context: { n: 2 } }),
    ]);
    expect(handles.map(({ created }) => created)).toEqual([true, true, false]);
    expect(handles[2]!.taskId).toBe(handles[0]!.taskId);
    expect((await tasker.getTask(handles[0]!.taskId)).context).toEqual({ n: 1 });
  });
});

describe('an idempotency key', () => {
  it('returns the task that it made before, and rejects only when told to', async () => {
    const { tasker } = await start();
    const keyed = request({ idempotencyKey: 'order 7' });
    const first = await tasker.createTask(keyed);
    expect(first.created).toBe(true);
    expect(await tasker.createTask({ ...keyed, context: { changed: true } })).toEqual({ ...first, created: false });
    await expect(tasker.createTask({ ...keyed, onDuplicate: 'reject' })).rejects.toMatchObject({
      existingTaskId: first.taskId,
      details: { existing_task_id: first.taskId },
    });
    expect((await tasker.getTask(first.taskId)).context).toEqual({});
  });

  it('belongs to one task name: another workflow may use the same', async () => {
    const { tasker } = await start();
    const one = await tasker.createTask(request({ idempotencyKey: 'k' }));
    const two = await tasker.createTask({ name: DIAMOND.name, idempotencyKey: 'k' });
    expect([two.created, two.taskId === one.taskId]).toEqual([true, false]);
  });

  it('makes one task of twenty creators at once in two processes', async () => {
    const apps = [await start(), await start()];
    const creating = Array.from({ length: 20 }, (_, i) =>
      apps[i % 2]!.tasker.createTask(request({ idempotencyKey: 'k', context: { i } })),
    );
    const handles = await Promise.all(creating);
    expect(new Set(handles.map(({ taskId }) => taskId)).size).toBe(1);
    expect(handles.filter(({ created }) => created)).toHaveLength(1);
    expect(await countTasks()).toBe(1);
  });

  it('lets one of twenty creators through when duplicates are rejected', async () => {
    const apps = [await start(), await start()];
    const keyed = request({ idempotencyKey: 'k', onDuplicate: 'reject' });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => apps[i % 2]!.tasker.createTask(keyed)),
    );
    const made = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(made).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toBeInstanceOf(DuplicateTaskError);
      expect((outcome.reason as DuplicateTaskError).existingTaskId).toBe(made[0]!.value.taskId);
    }
  });

  it('is still known when its task has ended', async () => {
    const { tasker } = await start({ options: undefined });
    const first = await tasker.createTask(request({ idempotencyKey: 'k' }));
    await tasker.waitForTask(first.taskId);
    expect(await tasker.createTask(request({ idempotencyKey: 'k' }))).toEqual({ ...first, created: false });
  });
});

describe('the identity', () => {
  it('is never the same twice by default', async () => {
    const { tasker } = await start();
    const handles = [await tasker.createTask(request()), await tasker.createTask(request())];
    expect(handles.map(({ created }) => created)).toEqual([true, true]);
  });

  it('of equal requests within a minute is one under the hash strategy: the second is rejected', async () => {
    const { tasker } = await start({ options: { worker: false, identity: 'hash' } });
    const requestedAt = new Date('2030-01-01T00:00:00Z');
    const first = await tasker.createTask(request({ requestedAt, context: { a: 1, b: 2 } }));
    const equal = request({ requestedAt: new Date('2030-01-01T00:00:59.999Z'), context: { b: 2, a: 1 } });
    await expect(tasker.createTask(equal)).rejects.toMatchObject({ existingTaskId: first.taskId });
    expect(await tasker.createTask({ ...equal, onDuplicate: 'return' })).toEqual({ ...first, created: false });
    const others = [
      { ...equal, reason: 'another' },
      { ...equal, requestedAt: new Date('2030-01-01T00:01:00Z') },
      { ...equal, tags: ['another'] },
      { ...equal, name: DIAMOND.name },
    ];
    for (const other of others) expect((await tasker.createTask(other)).created).toBe(true);
  });

  it("is the host's own to decide", async () => {
    const identity = { identityOf: ({ context }: { context: unknown }) => `order ${(context as { id: number }).id}` };
    const { tasker } = await start({ options: { worker: false, identity } });
    const first = await tasker.createTask(request({ context: { id: 7 }, reason: 'one' }));
    const again = request({ context: { id: 7 }, reason: 'two', onDuplicate: 'return' });
    expect(await tasker.createTask(again)).toEqual({ ...first, created: false });
    expect((await tasker.getTask(first.taskId)).identityHash).toBe('order 7');
  });
});
