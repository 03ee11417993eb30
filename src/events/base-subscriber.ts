import { type TaskerEvent } from '../core/events/event-map.js';

/** What {@link BaseSubscriber.route} found for the events that a class subscribes to. */
export interface Routes {
  readonly handled: readonly {
    readonly event: string;
    readonly method: string;
    readonly call: (event: TaskerEvent) => unknown;
  }[];
  /** Subscribed to, and no method for it. */
  readonly missing: readonly { readonly event: string; readonly method: string }[];
}

/** The method that takes events of this name: `step.retry_requested` goes to `handleStepRetryRequested`. */
export function handlerMethodOf(event: string): string {
  const words = event.split(/[._]/).filter((word) => word !== '');
  return `handle${words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')}`;
}

/**
 * Routes events to methods by their names (spec 02 §4.1), for those who like it better than a decorator on each method:
 *
 * ```ts
 * @Injectable()
 * export class Alerts extends BaseSubscriber {
 *   static override readonly subscribeTo = ['task.failed', 'step.*'];
 *   handleTaskFailed(event: EventFor<'task.failed'>) { … }
 *   handleEvent(event: TaskerEvent) { … }          // what has no method of its own
 * }
 * ```
 *
 * In this process only, as `@OnTaskerEvent` without a name; `extractMetricTags` and its like turn events into metrics.
 */
export abstract class BaseSubscriber {
  /** Names and patterns. Those of the classes it extends count too. */
  static readonly subscribeTo: readonly string[] = [];
  /** Of the names that fit, those to subscribe to. Asked once for each name, at boot. */
  static readonly filterEvents?: (name: string) => boolean;

  /** Of the names that fit, those to subscribe to; asked once for each name, at boot. */
  shouldProcessEvent(name: string): boolean {
    return name !== '';
  }

  /** As in messages. */
  get name(): string {
    return this.constructor.name;
  }

  get subscriptions(): readonly string[] {
    const all: string[] = [];
    for (let type = this.constructor as typeof BaseSubscriber | null; type; type = parentOf(type)) {
      if (Object.hasOwn(type, 'subscribeTo')) all.unshift(...type.subscribeTo);
    }
    return [...new Set(all)];
  }

  /** Which method takes which of these events. */
  route(events: readonly string[]): Routes {
    const filter = (this.constructor as typeof BaseSubscriber).filterEvents;
    const wanted = events.filter((event) => (filter?.(event) ?? true) && this.shouldProcessEvent(event));
    const handled: Routes['handled'][number][] = [];
    const missing: Routes['missing'][number][] = [];
    for (const event of wanted) {
      const own = handlerMethodOf(event);
      const method = [own, 'handleEvent'].find((name) => typeof this.method(name) === 'function');
      if (method === undefined) missing.push({ event, method: own });
      else handled.push({ event, method, call: (told) => this.method(method)!.call(this, told) });
    }
    return { handled, missing };
  }

  private method(name: string): ((event: TaskerEvent) => unknown) | undefined {
    return (this as unknown as Record<string, ((event: TaskerEvent) => unknown) | undefined>)[name];
  }
}

function parentOf(type: typeof BaseSubscriber): typeof BaseSubscriber | null {
  const parent = Object.getPrototypeOf(type) as typeof BaseSubscriber | null;
  return parent === Function.prototype ? null : parent;
}
