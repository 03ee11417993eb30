import { Injectable } from '@nestjs/common';
import { EventDeliveries, type EventFor, OnTaskerEvent, TaskerService, type TaskerEvent } from 'nestjs-tasker';
import { chain } from '../support/dags.js';
import { Stub } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const apps = useTestApps();
const BACKOFF = { backoff: { delaysSeconds: [0.02], jitter: 0 } };

@Injectable()
class Billing {
  readonly billed: EventFor<'task.completed'>[] = [];
  readonly steps: string[] = [];
  failures = 0;

  constructor(private readonly tasker: TaskerService) {}

  @OnTaskerEvent('task.completed', { durable: 'billing' })
  async bill(event: EventFor<'task.completed'>): Promise<void> {
    if (this.failures-- > 0) throw new Error('the bank is closed');
    // What is told was committed: it can be read.
    const task = await this.tasker.getTask(event.taskId);
    if (task.state === 'complete') this.billed.push(event);
  }

  @OnTaskerEvent('step.*', { durable: 'audit', from: 'beginning' })
  audit(event: TaskerEvent): void {
    this.steps.push(event.name);
  }
}

it('brings events to methods of providers, again after a failure, and goes on after a restart', async () => {
  const definitions = [chain(2)];
  const providers = [Stub, Billing];
  const first = await apps.start({ definitions, providers, options: BACKOFF });
  const billing = first.get(Billing);
  billing.failures = 1;
  const one = await first.tasker.createTask({ name: 'chain_of_2', context: {} });
  await waitFor(() => billing.billed.length === 1, { message: 'the first bill', timeoutMs: 20_000 });
  expect(billing.billed[0]).toMatchObject({ taskId: one.taskId, completedSteps: 2, redelivered: true });
  await waitFor(() => billing.steps.length === 6, { message: 'all events of two steps' });
  await first.close();

  const worker = await apps.start({
    definitions,
    providers: [Stub],
    options: { ...BACKOFF, events: { delivery: false } },
  });
  const two = await worker.tasker.createTask({ name: 'chain_of_2', context: {} });
  await worker.tasker.waitForTask(two.taskId);
  const second = await apps.start({
    definitions,
    providers,
    options: { ...BACKOFF, worker: false, events: { delivery: true } },
  });
  const late = second.get(Billing);
  await waitFor(() => late.billed.length === 1, { message: 'the second bill', timeoutMs: 20_000 });
  expect(late.billed[0]).toMatchObject({ taskId: two.taskId });
  await waitFor(() => late.steps.length === 6, { message: 'what the auditor missed' });
  expect(await second.get(EventDeliveries).subscriber('billing')).toMatchObject({ delivered: 2, dead: 0, parked: 0 });
});

it('does not begin with a subscription that can mean nothing', async () => {
  @Injectable()
  class Wrong {
    @OnTaskerEvent('task.complete')
    one(): void {}
    @OnTaskerEvent('step.before_handle', { durable: 'x' })
    two(): void {}
  }
  await expect(apps.start({ definitions: [chain(1)], providers: [Stub, Wrong] })).rejects.toThrow(
    /The events of the application have 2 problems:\n {2}Wrong\.one: there is no event "task\.complete"\. Did you mean "task\.completed"\?\n {2}Wrong\.two: "step\.before_handle" is told in the process where it happens only/,
  );
});
