import { BaseSubscriber, type EventFor, type TaskerEvent } from 'nestjs-tasker';
import { exampleEvent } from '../../src/core/events/example-events.js';
import { handlerMethodOf } from '../../src/events/base-subscriber.js';

class Alerts extends BaseSubscriber {
  static override readonly subscribeTo: readonly string[] = ['task.failed', 'task.completed'];
  readonly calls: string[] = [];

  handleTaskFailed(event: EventFor<'task.failed'>): void {
    this.calls.push(`failed ${event.taskId}`);
  }

  handleTaskCompleted(): void {
    this.calls.push('completed');
  }
}

it.each([
  ['task.completed', 'handleTaskCompleted'],
  ['step.retry_requested', 'handleStepRetryRequested'],
  ['order.payment.failed', 'handleOrderPaymentFailed'],
  ['observability.step.max_retries_reached', 'handleObservabilityStepMaxRetriesReached'],
])('sends %s to %s', (event, method) => expect(handlerMethodOf(event)).toBe(method));

it('calls the method of the name, on the instance', () => {
  const alerts = new Alerts();
  const { handled, missing } = alerts.route(['task.failed', 'task.completed']);
  expect(missing).toEqual([]);
  handled.find(({ event }) => event === 'task.failed')!.call(exampleEvent('task.failed'));
  expect(alerts.calls).toEqual(['failed 42']);
});

it('names the method that is missing, unless there is one for everything else', () => {
  expect(new Alerts().route(['task.cancelled'])).toEqual({
    handled: [],
    missing: [{ event: 'task.cancelled', method: 'handleTaskCancelled' }],
  });
  class Rest extends Alerts {
    handleEvent(event: TaskerEvent): void {
      this.calls.push(event.name);
    }
  }
  const rest = new Rest();
  const { handled } = rest.route(['task.cancelled', 'task.failed']);
  expect(handled.map(({ method }) => method)).toEqual(['handleEvent', 'handleTaskFailed']);
  handled[0]!.call(exampleEvent('task.cancelled'));
  expect(rest.calls).toEqual(['task.cancelled']);
});

it('subscribes to what the classes it extends subscribe to as well, each name once', () => {
  class More extends Alerts {
    static override readonly subscribeTo = ['step.*', 'task.failed'];
  }
  class Same extends More {}
  expect(new More().subscriptions).toEqual(['task.failed', 'task.completed', 'step.*']);
  expect(new Same().subscriptions).toEqual(new More().subscriptions);
  expect(new Alerts().subscriptions).toEqual(['task.failed', 'task.completed']);
  expect(new (class None extends BaseSubscriber {})().subscriptions).toEqual([]);
});

it('calls what a class that extends it puts in the place of a method', () => {
  class Louder extends Alerts {
    override handleTaskCompleted(): void {
      this.calls.push('COMPLETED');
    }
  }
  const louder = new Louder();
  louder.route(['task.completed']).handled[0]!.call(exampleEvent('task.completed'));
  expect(louder.calls).toEqual(['COMPLETED']);
});

it('leaves out what the filter of the class or the instance does not want', () => {
  class Filtered extends Alerts {
    static override readonly filterEvents = (name: string) => name !== 'task.failed';
  }
  class Picky extends Filtered {
    override shouldProcessEvent(name: string): boolean {
      return !name.endsWith('completed');
    }
  }
  const events = ['task.failed', 'task.completed'];
  expect(new Filtered().route(events).handled.map(({ event }) => event)).toEqual(['task.completed']);
  expect(new Picky().route(events)).toEqual({ handled: [], missing: [] });
});

it('is called by its own name in messages', () => {
  expect(new Alerts().name).toBe('Alerts');
});
