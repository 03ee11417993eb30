import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { listenersOf, type OnTaskerEventOptions } from './on-tasker-event.decorator.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A marked method, with the instance it is called on. */
export interface FoundListener {
  /** `Class.method` */
  readonly name: string;
  readonly patterns: readonly string[];
  readonly options: OnTaskerEventOptions;
  readonly call: (event: unknown) => unknown;
}

export interface FoundListeners {
  readonly listeners: readonly FoundListener[];
  /** Methods that cannot be listeners, and why. */
  readonly problems: readonly string[];
}

/** Finds the methods marked with `@OnTaskerEvent` on the providers and controllers of all modules. */
@Injectable()
export class ListenerExplorer {
  constructor(private readonly discovery: DiscoveryService) {}

  /** To be called when all providers exist. */
  explore(): FoundListeners {
    const seen = new Set<object>();
    const listeners: FoundListener[] = [];
    const problems: string[] = [];
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const prototype = prototypeOf(wrapper);
      const marked = prototype ? listenersOf(prototype) : [];
      if (wrapper.isAlias || !prototype || marked.length === 0) continue;
      const className = prototype.constructor.name;
      if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) {
        problems.push(
          `${className} listens to events, but is request-scoped or transient: events come outside of any request. ` +
            'Give it the default scope, and inject ModuleRef for what must be made anew',
        );
        continue;
      }
      const instance = wrapper.instance as object | null;
      if (!instance || seen.has(instance)) continue;
      seen.add(instance);
      for (const { method, patterns, options } of marked) {
        listeners.push({
          name: `${className}.${String(method)}`,
          patterns,
          options,
          call: (event) => (instance as Record<string | symbol, (event: unknown) => unknown>)[method]!(event),
        });
      }
    }
    return { listeners, problems };
  }

  /** The providers that are of this class or extend it. */
  instancesOf<T extends object>(type: abstract new (...args: never[]) => T): readonly T[] {
    const found = new Set<T>();
    for (const wrapper of this.discovery.getProviders()) {
      const instance = wrapper.instance as unknown;
      if (!wrapper.isAlias && instance instanceof type) found.add(instance);
    }
    return [...found];
  }

  /** The host's event emitter, wherever its module puts it; undefined when it has none. */
  findEmitter(): unknown {
    const named = (wrapper: Wrapper): boolean =>
      typeof wrapper.token === 'function' && wrapper.token.name === 'EventEmitter2' && Boolean(wrapper.instance);
    return this.discovery.getProviders().find(named)?.instance as unknown;
  }
}

function prototypeOf({ instance, metatype }: Wrapper): object | undefined {
  if (typeof instance === 'object' && instance !== null) return Object.getPrototypeOf(instance) as object;
  return typeof metatype === 'function' ? (metatype.prototype as object | undefined) : undefined;
}
