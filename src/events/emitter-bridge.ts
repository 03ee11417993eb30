import { type TaskerEvent } from '../core/events/event-map.js';

type AnyListener = (...args: unknown[]) => unknown;

/** What is used of the host's `EventEmitter2`. */
export interface Emitter {
  emit(event: string, value: unknown): unknown;
  hasListeners?(event: string): unknown;
  listeners?(event: string): unknown;
  /** Those of every event, which `hasListeners` leaves out when the emitter knows wildcards. */
  listenersAny?(): unknown;
}

/** On the emitter, our names begin with this. */
export const EMITTER_PREFIX = 'tasker.';

/**
 * Tells events on the host's emitter, to each listener for itself: with `emit`, a bare `.on()` listener that throws keeps
 * those behind it from hearing, and one that rejects ends the process.
 */
export class EmitterBridge {
  /** @param complain gets what a listener threw */
  constructor(
    private readonly emitter: Emitter,
    private readonly complain: (name: string, error: unknown) => void,
  ) {}

  wants(eventName: string): boolean {
    const { emitter } = this;
    if (!emitter.hasListeners || emitter.hasListeners(EMITTER_PREFIX + eventName)) return true;
    return listOf(emitter.listenersAny?.()).length > 0;
  }

  publish(event: TaskerEvent): void {
    const { emitter } = this;
    const name = EMITTER_PREFIX + event.name;
    if (!emitter.listeners || !emitter.listenersAny) {
      this.attempt(name, () => emitter.emit(name, event));
      return;
    }
    // What `this.event` says in a listener.
    Object.assign(emitter, { event: name });
    for (const listener of listOf(emitter.listenersAny())) {
      this.attempt(name, () => listener.call(emitter, name, event));
    }
    for (const listener of listOf(emitter.listeners(name))) this.attempt(name, () => listener.call(emitter, event));
  }

  private attempt(name: string, call: () => unknown): void {
    try {
      const result = call();
      if (typeof (result as { then?: unknown } | null | undefined)?.then !== 'function') return;
      Promise.resolve(result).catch((error: unknown) => this.complain(name, error));
    } catch (error) {
      this.complain(name, error);
    }
  }
}

/** A copy: a listener may take itself away. */
function listOf(listeners: unknown): AnyListener[] {
  return Array.isArray(listeners) ? [...(listeners as readonly AnyListener[])] : [];
}
