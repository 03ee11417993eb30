/** What of an application's subscriptions is refused at boot, and how. */
import { Injectable, Scope } from '@nestjs/common';
import { BaseSubscriber, type EventFor, EventHub, EventRegistry, OnTaskerEvent } from 'nestjs-tasker';
import { exampleEvent } from '../../../src/core/events/example-events.js';
import { useTestApps } from '../../support/use-test-apps.js';

const test = useTestApps();

@Injectable()
class Misspelt {
  @OnTaskerEvent('task.complete')
  one(): void {}

  @OnTaskerEvent(['step.failed', 'order.*'])
  two(): void {}

  @OnTaskerEvent([])
  three(): void {}

  @OnTaskerEvent('step.before_handle', { durable: 'too late' })
  four(): void {}

  @OnTaskerEvent('step.failed', { durable: 'filtered', filter: () => true })
  five(): void {}
}

@Injectable()
class Choosy {
  readonly heard: string[] = [];

  @OnTaskerEvent('task.*', { filter: (event) => event.name !== 'task.failed' })
  hear(event: EventFor<'task.*'>): void {
    this.heard.push(event.name);
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @OnTaskerEvent('task.*')
  hear(): void {}
}

@Injectable()
class Routed extends BaseSubscriber {
  static override readonly subscribeTo = ['taks.*', 'task.failed'];
}

@Injectable({ scope: Scope.REQUEST })
class RoutedPerRequest extends BaseSubscriber {
  static override readonly subscribeTo = ['task.failed'];
}

@Injectable()
class Good extends BaseSubscriber {
  static override readonly subscribeTo = ['task.failed', 'task.cancelled'];
  handleTaskFailed(): void {}

  @OnTaskerEvent('task.completed', { durable: 'billing' })
  one(): void {}

  @OnTaskerEvent('order.*', { durable: 'billing' })
  two(): void {}
}

it('refuses all that is wrong in one message, with hints', async () => {
  const customEvents = [{ name: 'task.mine' }, { name: 'order' }];
  const providers = [Misspelt, PerRequest, Routed, RoutedPerRequest];
  const error: unknown = await test.start({ providers, options: { customEvents } }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_SUBSCRIPTION' });
  const { message } = error as Error;
  const said = [
    'the event "task.mine" must not begin with "task"',
    'the event "order" needs a namespace',
    'PerRequest listens to events, but is request-scoped',
    'RoutedPerRequest listens to events, but is request-scoped',
    'Misspelt.one: there is no event "task.complete". Did you mean "task.completed"?',
    'Misspelt.two: there is no event "order.*"',
    'Misspelt.three: listens to no event',
    'Misspelt.four: "step.before_handle" is told in the process where it happens only, so it cannot be durable',
    'Misspelt.four: the name "too late" must be',
    'Misspelt.five: a durable subscription has no filter',
    'Routed: there is no event "taks.*"',
  ];
  expect(said.filter((part) => !message.includes(part))).toEqual([]);
  expect(message).toContain('The events of the application have 11 problems:');
});

it('binds the rest, says which method is missing, and knows who subscribes to what', async () => {
  const options = { worker: false as const, customEvents: [{ name: 'order.shipped' }] };
  const app = await test.start({ providers: [Good], options });
  expect(
    app.logger.find('warn', 'Good subscribes to task.cancelled, but has no method handleTaskCancelled'),
  ).toHaveLength(1);
  const registry = app.app.get(EventRegistry, { strict: false });
  expect(registry.subscribers()).toEqual([
    { name: 'Good.handleTaskFailed', patterns: ['task.failed'], isDurable: false },
    { name: 'billing', patterns: ['task.completed', 'order.*'], isDurable: true },
  ]);
  expect(registry.subscribers('order.shipped').map(({ name }) => name)).toEqual(['billing']);
});

it('tells a listener only what its filter lets through', async () => {
  const app = await test.start({ providers: [Choosy], options: { worker: false } });
  for (const name of ['task.failed', 'task.completed', 'step.failed'] as const) {
    app.get(EventHub).publish(exampleEvent(name));
  }
  expect(app.get(Choosy).heard).toEqual(['task.completed']);
});
