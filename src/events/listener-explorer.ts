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

export interface FoundInstances<T> {
  readonly instances: readonly T[];
  /** Providers that cannot listen, and why. */
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
      if (isMadeAnew(wrapper)) {
        problems.push(madeAnew(className));
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
  instancesOf<T extends object>(type: abstract new (...args: never[]) => T): FoundInstances<T> {
    const instances = new Set<T>();
    const problems = new Set<string>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const instance = wrapper.instance as unknown;
      if (wrapper.isAlias || !(instance instanceof type)) continue;
      // What Nest shows of these is a mould without fields, not an instance.
      if (isMadeAnew(wrapper)) problems.add(madeAnew(instance.constructor.name));
      else instances.add(instance);
    }
    return { instances: [...instances], problems: [...problems] };
  }

  /** The host's `EventEmitter2`, wherever its module puts it; undefined when it has none. */
  findEmitter(): unknown {
    return this.discovery.getProviders().find(isEmitter)?.instance as unknown;
  }
}

/** By what it can do: the package may be there twice, and its class calls itself `EventEmitter`. */
function isEmitter({ token, instance }: Wrapper): boolean {
  const can = instance as Readonly<Record<string, unknown>> | null | undefined;
  if (typeof token !== 'function' || !/^EventEmitter2?$/.test(token.name) || !can) return false;
  return ['emit', 'emitAsync', 'onAny', 'hasListeners'].every((method) => typeof can[method] === 'function');
}

function isMadeAnew(wrapper: Wrapper): boolean {
  return wrapper.isTransient || !wrapper.isDependencyTreeStatic();
}

function madeAnew(className: string): string {
  return (
    `${className} listens to events, but is request-scoped or transient: events come outside of any request. ` +
    'Give it the default scope, and inject ModuleRef for what must be made anew'
  );
}

function prototypeOf({ instance, metatype }: Wrapper): object | undefined {
  if (typeof instance === 'object' && instance !== null) return Object.getPrototypeOf(instance) as object;
  return typeof metatype === 'function' ? (metatype.prototype as object | undefined) : undefined;
}
