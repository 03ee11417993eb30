/** A transactional step's writes and its completion commit once, together, or not at all. */
import { PermanentError, StepHandler, type StepContext } from 'nestjs-tasker';
import { Column, Entity, type EntityManager, PrimaryGeneratedColumn } from 'typeorm';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Gate } from '../support/gate.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

@Entity({ name: 'host_ledger' })
class Ledger {
  @PrimaryGeneratedColumn() id!: number;
  @Column() taskId!: number;
  @Column() note!: string;
}

const plan = {
  gate: undefined as Gate | undefined,
  after: undefined as ((context: StepContext) => Promise<unknown>) | undefined,
  managers: [] as EntityManager[],
};

@StepHandler('book', { transactional: true })
class Book implements StepHandler {
  async process(context: StepContext) {
    const manager = context.manager!;
    plan.managers.push(manager);
    await manager.save(Ledger, { taskId: context.task.taskId, note: `attempt ${context.attempt}` });
    await plan.gate?.pass();
    return (await plan.after?.(context)) ?? { booked: true };
  }
}

@StepHandler('after')
class After implements StepHandler {
  process({ sequence, manager }: StepContext) {
    return { saw: sequence.results('book') as unknown, manager: manager === undefined };
  }
}

const definitions = [
  {
    name: 'book_it',
    steps: [
      { name: 'book', handler: Book, timeoutSeconds: 600 },
      { name: 'after', handler: After, dependsOn: ['book'] },
    ],
  },
];

beforeAll(() => void TypeOrmModule.forFeature([Ledger]));
beforeEach(async () => {
  Object.assign(plan, { gate: undefined, after: undefined, managers: [] });
  await test.sql('create table if not exists host_ledger (id serial primary key, "taskId" integer, note text)');
  await test.sql('truncate host_ledger');
});

function start(): Promise<TestApp> {
  return test.start({ definitions, providers: [Book, After], options: { backoff: { delaysSeconds: [0], jitter: 0 } } });
}

async function ledger(): Promise<string[]> {
  return (await test.sql<{ note: string }>('select note from host_ledger order by id')).map((row) => row.note);
}

it("commits the host's own entity with the step, and runs the children", async () => {
  const app = await start();
  const { taskId } = await app.tasker.createTask({ name: 'book_it' });
  const done = await app.tasker.waitForTask(taskId);
  expect(done.state).toBe('complete');
  expect(done.steps.map((step) => step.results)).toEqual([{ booked: true }, { saw: { booked: true }, manager: true }]);
  expect(await ledger()).toEqual(['attempt 1']);
});

it('takes the writes of a failed attempt back', async () => {
  const app = await start();
  plan.after = async ({ attempt }) => {
    if (attempt < 3) throw new Error('not yet');
    return { attempt };
  };
  const { taskId } = await app.tasker.createTask({ name: 'book_it' });
  expect((await app.tasker.waitForTask(taskId)).state).toBe('complete');
  expect(await ledger()).toEqual(['attempt 3']);
});

it('takes the writes back when the step fails for good, or its result cannot be stored', async () => {
  const app = await start();
  plan.after = async () => {
    throw new PermanentError('never');
  };
  const failed = await app.tasker.createTask({ name: 'book_it' });
  expect((await app.tasker.waitForTask(failed.taskId)).state).toBe('error');
  plan.after = async () => ({ n: 1n });
  const unstorable = await app.tasker.createTask({ name: 'book_it' });
  const task = await app.tasker.waitForTask(unstorable.taskId);
  expect(task.steps[0]!.error).toMatchObject({ errorCode: 'RESULT_NOT_STORABLE' });
  expect(await ledger()).toEqual([]);
});

it('takes the writes back when the step was cancelled meanwhile', async () => {
  plan.gate = new Gate();
  const app = await start();
  const { taskId } = await app.tasker.createTask({ name: 'book_it' });
  await plan.gate.arrived();
  await app.tasker.cancelTask(taskId);
  plan.gate.open();
  await waitFor(() => app.worker.status.running === 0, { message: 'the handler to end' });
  expect(await ledger()).toEqual([]);
  expect((await app.tasker.getTask(taskId)).state).toBe('cancelled');
});

it('takes the writes back when the claim was lost to another worker, and counts it', async () => {
  plan.gate = new Gate();
  const app = await start();
  const { taskId } = await app.tasker.createTask({ name: 'book_it' });
  await plan.gate.arrived();
  // As if the lease had run out and another worker had finished the step.
  const [step] = await app.tasker.listSteps(taskId);
  await test.sql(
    `select * from tasker_advance($1, array[$2::bigint], jsonb_build_array(jsonb_build_object('task', $2::bigint, 'step',
       $3::bigint, 'attempt', 1, 'outcome', 'complete', 'results', '{"by":"another"}'::jsonb, 'duration_ms', 1)),
       0, '{}', 0)`,
    [app.worker.status.workerId, taskId, step!.stepId],
  );
  plan.gate.open();
  const done = await app.tasker.waitForTask(taskId);
  expect(done.steps[0]!.results).toEqual({ by: 'another' });
  await waitFor(() => app.worker.status.fencedResults === 1, { message: 'the fenced result to be counted' });
  expect(await ledger()).toEqual([]);
});

it('seals the manager: what a handler does after its end changes nothing', async () => {
  const app = await start();
  let late: Promise<unknown> = Promise.resolve();
  plan.after = async ({ manager, task }) => {
    late = new Promise((resolve) => setImmediate(resolve)).then(() =>
      manager!.save(Ledger, { taskId: task.taskId, note: 'late' }),
    );
    late.catch(() => undefined);
    return { ok: true };
  };
  const { taskId } = await app.tasker.createTask({ name: 'book_it' });
  await app.tasker.waitForTask(taskId);
  await late.catch(() => undefined);
  await expect(plan.managers[0]!.query('select 1')).rejects.toThrow();
  expect((await ledger()).filter((note) => note === 'attempt 1')).toHaveLength(1);
});

it('does not starve the engine when more of them run than the pool has connections', async () => {
  const app = await test.start({ definitions, providers: [Book, After], poolSize: 5 });
  const created = await app.tasker.createTasks(Array.from({ length: 60 }, () => ({ name: 'book_it' })));
  await Promise.all(created.map(({ taskId }) => app.tasker.waitForTask(taskId)));
  expect(await ledger()).toHaveLength(60);
});
