import 'reflect-metadata';
import { type EventFor, type SystemEventName, type TaskerEvent } from '../core/events/event-map.js';
import { type DurableOptions } from './durable-subscriber.js';

export interface OnTaskerEventOptions extends DurableOptions {
  /**
   * A name makes the subscription durable: every event at least once, in order per task, across restarts and machines.
   * The name is that of its place in the database; keep it when the method or class is renamed. Methods with the same
   * name share that place, and an event is done when all of them have taken it.
   * Without a name: in this process only, exactly once, nothing when the process dies.
   */
  readonly durable?: string;
  /** Of the events that fit, those that it says true to. In-process subscriptions only. */
  readonly filter?: (event: TaskerEvent) => boolean;
}

/** What the decorator notes of a method. */
export interface MarkedListener {
  readonly method: string | symbol;
  readonly patterns: readonly string[];
  readonly options: OnTaskerEventOptions;
}

const LISTENERS = Symbol('TASKER_LISTENERS');

type ListenerDecorator<Event> = <T extends (event: Event) => unknown>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

/**
 * Calls the method with every event of this name, or of these names, or that fits a pattern (`task.*`, `**`). Any method
 * of any provider can have it. What the method throws or how long it takes changes no workflow.
 *
 * ```ts
 * @OnTaskerEvent('task.completed')
 * bill(event: EventFor<'task.completed'>) { … }
 *
 * @OnTaskerEvent('task.completed', { durable: 'billing' })
 * async billForSure(event: EventFor<'task.completed'>) { … }
 * ```
 */
export function OnTaskerEvent<const Pattern extends SystemEventName | (string & {})>(
  patterns: Pattern | readonly Pattern[],
  options: OnTaskerEventOptions = {},
): ListenerDecorator<EventFor<Pattern>> {
  const list: readonly string[] = typeof patterns === 'string' ? [patterns] : patterns;
  return (target, method) => {
    Reflect.defineMetadata(LISTENERS, [...ownListenersOf(target), { method, patterns: list, options }], target);
  };
}

/** What is marked on a class and those it extends. What a method overrides it replaces, its marks included. */
export function listenersOf(prototype: object): readonly MarkedListener[] {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  const own = ownListenersOf(prototype);
  const inherited = parent === null ? [] : listenersOf(parent);
  return [...inherited.filter(({ method }) => own.every((one) => one.method !== method)), ...own];
}

function ownListenersOf(prototype: object): readonly MarkedListener[] {
  return (Reflect.getOwnMetadata(LISTENERS, prototype) as MarkedListener[] | undefined) ?? [];
}
