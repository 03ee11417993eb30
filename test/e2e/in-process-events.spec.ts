import { Injectable } from '@nestjs/common';
import { EventHub, OnTaskerEvent, StepHandler, type TaskerEvent } from 'nestjs-tasker';
import { ChangeFeed } from '../../src/engine/events/change-feed.js';
import { TaskerDatabase } from '../../src/persistence/database.js';
import { DIAMOND, LINEAR, MIXED, PARALLEL_MERGE, TREE } from '../support/dags.js';
import { MOCK_HANDLERS } from '../support/mock-handlers.js';
import { type TestApp } from '../support/test-app.js';
import { useTestApps } from '../support/use-test-apps.js';

/** Everything that is told in one process, in its order. */
@Injectable()
class Recorder {
  readonly events: TaskerEvent[] = [];

  @OnTaskerEvent('**')
  record(event: TaskerEvent): void {
    this.events.push(event);
  }
}

const DAGS = [LINEAR, DIAMOND, PARALLEL_MERGE, TREE, MIXED];
const FAST = { backoff: { delaysSeconds: [0.02], jitter: 0 } };
const apps = useTestApps();

/** What the histories say happened, as names of the events of their rows: `id name`. */
async function expected(app: TestApp): Promise<string[]> {
  const rows = await app.get(TaskerDatabase).rows<{ id: string }>(
    `select 't' || task_id || '.' || sort_key as id from $schema.tasker_task_transitions
     union all
     select 's' || workflow_step_id || '.' || sort_key from $schema.tasker_workflow_step_transitions`,
  );
  return rows.map(({ id }) => id).sort();
}

const isOfHistory = ({ id }: TaskerEvent): boolean => /^[ts]\d+\.\d+$/.test(id);

describe.each([1, 4])('the events of the five patterns, with retries, in %d processes', (count) => {
  it('are one for each row of the histories, told in one process, in the order of the commits of a task', async () => {
    const recorders: Recorder[] = [];
    const running: TestApp[] = [];
    for (let i = 0; i < count; i++) {
      const app = await apps.start({
        definitions: DAGS,
        providers: [...MOCK_HANDLERS, Recorder],
        options: { ...FAST, worker: { concurrency: 4 } },
        name: `events-${i}`,
      });
      running.push(app);
      recorders.push(app.get(Recorder));
    }
    const requests = Array.from({ length: 4 }, () => DAGS).flat();
    const tasks = await Promise.all(
      requests.map(({ name }, i) => running[i % count]!.tasker.createTask({ name, context: { batch_id: `b${i}` } })),
    );
    const ended = await Promise.all(tasks.map(({ taskId }) => running[0]!.tasker.waitForTask(taskId)));
    // A handler that fails as often in each of four processes uses its attempts up.
    if (count === 1) expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['complete']));
    for (const app of running) await app.get(ChangeFeed).drained();

    const told = recorders.flatMap(({ events }) => events).filter(isOfHistory);
    expect(told.map(({ id }) => id).sort()).toEqual(await expected(running[0]!));
    for (const { events } of recorders) expectOrder(events);
    // With four at work they really share it.
    expect(recorders.filter(({ events }) => events.length > 0)).toHaveLength(count);
  });
});

/** A step's events in the order of its history; a task starts before its steps and ends after them. */
function expectOrder(events: readonly TaskerEvent[]): void {
  const places = new Map<string, number>();
  const ended = new Set<number>();
  for (const event of events.filter(isOfHistory)) {
    const [key, place] = event.id.split('.') as [string, string];
    expect(Number(place)).toBeGreaterThan(places.get(key) ?? 0);
    places.set(key, Number(place));
    if ('taskId' in event && 'stepId' in event) expect(ended.has(event.taskId)).toBe(false);
    if (event.name === 'task.completed') ended.add(event.taskId);
  }
}
@StepHandler('throws')
class Throws {
  process(): void {
    throw new Error('no');
  }
}

it('tells why a step failed, when it is tried again, and that it has failed for good', async () => {
  const definitions = [{ name: 'doomed', steps: [{ name: 'a', handler: 'throws', retryLimit: 2 }] }];
  const app = await apps.start({ definitions, providers: [Throws, Recorder], options: FAST });
  const { taskId } = await app.tasker.createTask({ name: 'doomed', context: {} });
  await app.tasker.waitForTask(taskId);
  await app.get(ChangeFeed).drained();
  const { events } = app.get(Recorder);
  const of = (name: string): TaskerEvent[] => events.filter((event) => event.name === name);
  expect(of('step.failed')).toMatchObject([
    { attempt: 1, final: false, error: { message: 'no', errorClass: 'Error' }, retryLimit: 2 },
    { attempt: 2, final: true, nextRetryAt: null },
  ]);
  expect(of('observability.step.backoff')).toMatchObject([{ attempt: 1, backoffSeconds: 0.02 }]);
  expect(of('observability.step.max_retries_reached')).toMatchObject([{ attempt: 2, error: { message: 'no' } }]);
  expect(of('task.failed')).toMatchObject([
    { taskId, errorSteps: ['a'], failedSteps: 1, totalSteps: 1, error: { message: 'no' }, toState: 'error' },
  ]);
  expect(events.every((event) => Object.isFrozen(event))).toBe(true);
  expect(JSON.parse(JSON.stringify(events))).toEqual(events);
});

it('costs nothing while nobody listens', async () => {
  const app = await apps.start({ definitions: [LINEAR], providers: MOCK_HANDLERS, options: FAST });
  expect(app.get(EventHub).isListening).toBe(false);
  const { taskId } = await app.tasker.createTask({ name: LINEAR.name, context: { batch_id: 'x' } });
  expect(await app.tasker.waitForTask(taskId)).toMatchObject({ state: 'complete' });
});
