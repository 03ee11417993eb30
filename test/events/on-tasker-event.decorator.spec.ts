import {
  type CustomEvent,
  type EventFor,
  OnTaskerEvent,
  type StepEventPublisher,
  type TaskerEvent,
} from 'nestjs-tasker';
import { listenersOf } from '../../src/events/on-tasker-event.decorator.js';

class Base {
  @OnTaskerEvent('task.completed')
  completed(): void {}

  @OnTaskerEvent('task.failed')
  failed(): void {}

  @OnTaskerEvent('step.*')
  kept(): void {}
}

class Derived extends Base {
  @OnTaskerEvent('task.cancelled')
  override completed(): void {}

  @OnTaskerEvent(['task.failed', 'step.failed'], { durable: 'alerts', concurrency: 2 })
  @OnTaskerEvent('order.*')
  override failed(): void {}

  override kept(): void {}
}

const marks = (type: { prototype: object }) =>
  listenersOf(type.prototype).map(({ method, patterns }) => `${String(method)}: ${patterns.join(' ')}`);

it('notes the names and patterns of each method', () => {
  expect(marks(Base)).toEqual(['completed: task.completed', 'failed: task.failed', 'kept: step.*']);
  expect(listenersOf(class {}.prototype)).toEqual([]);
});

it('lets a method that overrides another replace its marks, or keep them when it has none', () => {
  expect(marks(Derived).sort()).toEqual([
    'completed: task.cancelled',
    'failed: order.*',
    'failed: task.failed step.failed',
    'kept: step.*',
  ]);
  const durable = listenersOf(Derived.prototype).find(({ options }) => options.durable);
  expect(durable).toMatchObject({ method: 'failed', options: { durable: 'alerts', concurrency: 2 } });
});

it('leaves the class that was extended alone', () => {
  expect(marks(Base)).toHaveLength(3);
});

declare module 'nestjs-tasker' {
  interface CustomEventPayloads {
    'typed.shipped': { readonly carrier: string };
  }
}

it('has payloads that the application declares', () => {
  const publish = (events: StepEventPublisher): void => {
    events.publish('typed.shipped', { carrier: 'dhl' });
    // @ts-expect-error -- a carrier is a text
    events.publish('typed.shipped', { carrier: 7 });
    events.publish('order.nobody_said_what', 7);
  };
  const carriers: unknown[] = [];
  publish({ publish: (_name, payload) => carriers.push(payload), publishNow: () => Promise.resolve() });
  expect(carriers).toEqual([{ carrier: 'dhl' }, { carrier: 7 }, 7]);
});

/** Checked by the compiler: what a wrong line here would cost is the type check. */
class Typed {
  @OnTaskerEvent('task.completed')
  one(event: EventFor<'task.completed'>): number {
    // @ts-expect-error -- a step's field is not one of a task
    void event.stepId;
    // @ts-expect-error -- it is durationMs
    void event.duration;
    // @ts-expect-error -- events are not to be changed
    event.taskId = 1;
    return event.durationMs + event.completedSteps;
  }

  @OnTaskerEvent(['step.failed', 'step.completed'])
  two(event: EventFor<'step.failed' | 'step.completed'>): string {
    if (event.name === 'step.completed') {
      // @ts-expect-error -- a step that succeeded has no error
      void event.error;
      return event.stepName;
    }
    return event.error.message;
  }

  @OnTaskerEvent('task.*')
  pattern(event: EventFor<'task.*'>): number {
    // @ts-expect-error -- not every event of a task has it
    void event.durationMs;
    return event.taskId;
  }

  @OnTaskerEvent('**')
  anything(event: TaskerEvent): string {
    // @ts-expect-error -- not every event belongs to a task
    void event.taskId;
    return event.id;
  }

  @OnTaskerEvent('typed.shipped')
  custom(event: EventFor<'typed.shipped'>): string {
    // @ts-expect-error -- not a field of its payload
    void event.payload.price;
    return event.payload.carrier;
  }

  @OnTaskerEvent('order.nobody_said_what')
  unknown(event: CustomEvent): number {
    // @ts-expect-error -- nobody said what it carries
    void event.payload.carrier;
    return event.attempt;
  }

  // @ts-expect-error -- the method takes another event
  @OnTaskerEvent('task.failed')
  wrong(event: EventFor<'step.failed'>): string {
    return event.stepName;
  }

  // @ts-expect-error -- not an option
  @OnTaskerEvent('task.failed', { durabel: 'x' })
  misspelt(): void {}
}

it('is typed by the name of the event', () => {
  expect(marks(Typed)).toHaveLength(8);
});
