/** A task that is created within a transaction of the host is told when that has committed, and only then. */
import { Injectable } from '@nestjs/common';
import { type EventFor, OnTaskerEvent } from 'nestjs-tasker';
import { type EntityManager } from 'typeorm';
import { ChangeFeed } from '../../src/engine/events/change-feed.js';
import { chain } from '../support/dags.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

@Injectable()
class Created {
  readonly tasks: number[] = [];
  readonly steps: string[] = [];

  @OnTaskerEvent('task.initialize_requested')
  task({ taskId }: EventFor<'task.initialize_requested'>): void {
    this.tasks.push(taskId);
  }

  @OnTaskerEvent('step.initialize_requested')
  step({ stepName }: EventFor<'step.initialize_requested'>): void {
    this.steps.push(stepName);
  }
}

let app: TestApp;
let told: Created;
beforeEach(async () => {
  app = await test.start({ definitions: [chain(2)], providers: [Created], options: { worker: false } });
  told = app.get(Created);
});

const create = async (manager?: EntityManager): Promise<number> =>
  (await app.tasker.createTask({ name: 'chain_of_2' }, manager && { manager })).taskId;

/** These and no others, though one that is created afterwards is told as well. In which order they are is nobody's promise. */
async function expectTold(...tasks: number[]): Promise<void> {
  const last = await create();
  await waitFor(() => [...tasks, last].every((task) => told.tasks.includes(task)));
  await app.get(ChangeFeed).drained();
  expect([...told.tasks].sort((a, b) => a - b)).toEqual([...tasks, last]);
}

it('tells of a task and its steps when it is created alone', async () => {
  await expectTold(await create());
  expect(told.steps).toEqual(['step_1', 'step_2', 'step_1', 'step_2']);
});

it('waits for the commit of the transaction', async () => {
  const taskId = await app.dataSource.transaction(async (manager) => {
    const created = await create(manager);
    const other = await create();
    await waitFor(() => told.tasks.includes(other));
    expect(told.tasks).toEqual([other]);
    return created;
  });
  await waitFor(() => told.tasks.includes(taskId));
});

it('says nothing when the transaction is rolled back', async () => {
  const failing = app.dataSource.transaction(async (manager) => {
    await create(manager);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  await expectTold();
});

it('says nothing of what a savepoint took back, and everything of the rest', async () => {
  const kept = await app.dataSource.transaction(async (manager) => {
    const before = await create(manager);
    const inner = manager.transaction(async (nested) => {
      await create(nested);
      throw new Error('inner');
    });
    await expect(inner).rejects.toThrow('inner');
    const nested = await manager.transaction((savepoint) => create(savepoint));
    expect(told.tasks).toEqual([]);
    return [before, nested];
  });
  await expectTold(...kept);
});

it('keeps apart what transactions on several connections do at once', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 12 }, (_, i) =>
      app.dataSource.transaction(async (manager) => {
        const created = await create(manager);
        if (i % 3 === 0) throw new Error('no');
        return created;
      }),
    ),
  );
  const kept = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  expect(kept).toHaveLength(8);
  await expectTold(...kept.sort((a, b) => a - b));
});

it('says nothing again of a task that was there already', async () => {
  const request = { name: 'chain_of_2', idempotencyKey: 'k' };
  const { taskId } = await app.tasker.createTask(request);
  await app.tasker.createTask(request);
  await app.dataSource.transaction((manager) => app.tasker.createTask(request, { manager }));
  await expectTold(taskId);
});
