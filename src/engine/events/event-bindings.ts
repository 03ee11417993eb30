import { Injectable } from '@nestjs/common';
import { ConfigurationError } from '../../core/errors.js';
import { type EventDeclaration } from '../../core/events/event-declaration.js';
import { type TaskerEvent } from '../../core/events/event-map.js';
import { matchesPattern } from '../../core/events/patterns.js';
import { DefinitionRegistry } from '../../definitions/definition-registry.js';
import { StepHandlerRegistry } from '../../definitions/step-handler-registry.js';
import { type DurableSubscriber } from '../../events/durable-subscriber.js';
import { type Emitter } from '../../events/emitter-bridge.js';
import { EventHub } from '../../events/event-hub.js';
import { EventRegistry, type Subscription } from '../../events/event-registry.js';
import { type FoundListener, ListenerExplorer } from '../../events/listener-explorer.js';
import { BaseSubscriber } from '../../events/base-subscriber.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

/** Brings together, at boot, the events there are and the methods of the application that want to hear of them. */
@Injectable()
export class EventBindings {
  private readonly logger = new TaskerLogger('TaskerEvents');
  private durable: readonly DurableSubscriber[] = [];

  constructor(
    private readonly registry: EventRegistry,
    private readonly hub: EventHub,
    private readonly explorer: ListenerExplorer,
    private readonly definitions: DefinitionRegistry,
    private readonly handlers: StepHandlerRegistry,
  ) {}

  /** Subscribers that are to get every event at least once. */
  get durableSubscribers(): readonly DurableSubscriber[] {
    return this.durable;
  }

  /**
   * @param declared events that the module's options declare
   * @throws ConfigurationError `INVALID_SUBSCRIPTION` with everything that is wrong
   */
  bind(declared: readonly EventDeclaration[]): void {
    const problems: string[] = [];
    this.declareAll(declared, problems);
    const found = this.explorer.explore();
    problems.push(...found.problems);
    for (const listener of found.listeners) problems.push(...this.problemsOf(listener));
    const { instances: routed, problems: unroutable } = this.explorer.instancesOf(BaseSubscriber);
    problems.push(...unroutable);
    for (const subscriber of routed) {
      for (const pattern of subscriber.subscriptions) {
        const problem = this.registry.problemOf(pattern, false);
        if (problem) problems.push(`${subscriber.name}: ${problem}`);
      }
    }
    if (problems.length > 0) throw refused(problems);
    this.bindInProcess(found.listeners);
    for (const subscriber of routed) this.bindRouted(subscriber);
    this.durable = durableOf(found.listeners);
    this.registry.followSubscribers(() => this.subscribers());
    const emitter = this.explorer.findEmitter();
    if (emitter) this.hub.attach(emitter as Emitter);
  }

  private subscribers(): Subscription[] {
    const inProcess = this.hub.statuses.map(({ name, patterns }) => ({ name, patterns, isDurable: false }));
    const durable = this.durable.map(({ name, patterns }) => ({ name, patterns, isDurable: true }));
    return [...inProcess, ...durable];
  }

  private declareAll(declared: readonly EventDeclaration[], problems: string[]): void {
    const declare = (events: readonly EventDeclaration[], firedBy: string): void => {
      for (const event of events) {
        try {
          this.registry.declare(event, firedBy);
        } catch (error) {
          problems.push((error as Error).message.replace(/\.$/, ''));
        }
      }
    };
    declare(declared, 'the customEvents of the module');
    for (const { metadata, className } of this.handlers.entries()) declare(metadata.customEvents ?? [], className);
    for (const { template, fullName } of this.definitions.definitions()) {
      declare(template.customEvents ?? [], fullName);
      for (const step of template.steps) declare(step.customEvents ?? [], `step "${step.name}" of ${fullName}`);
    }
  }

  private problemsOf({ name, patterns, options }: FoundListener): string[] {
    const problems = patterns.map((pattern) => this.registry.problemOf(pattern, options.durable !== undefined));
    if (patterns.length === 0) problems.push('listens to no event');
    if (options.durable !== undefined && !/^[\w.:-]{1,128}$/.test(options.durable)) {
      problems.push(`the name "${options.durable}" must be 1 to 128 letters, digits and . : _ -`);
    }
    if (options.durable?.startsWith('webhook:')) {
      problems.push(`the name "${options.durable}" is that of a webhook; choose another`);
    }
    if (options.durable !== undefined && options.filter) {
      problems.push('a durable subscription has no filter; look at the event in the method, and return');
    }
    return problems.filter((problem) => problem !== undefined).map((problem) => `${name}: ${problem}`);
  }

  private bindInProcess(listeners: readonly FoundListener[]): void {
    for (const { name, patterns, options, call } of listeners) {
      if (options.durable !== undefined) continue;
      this.hub.add({ name, patterns, call, ...(options.filter && { filter: options.filter }) });
    }
  }

  private bindRouted(subscriber: BaseSubscriber): void {
    const names = this.registry.catalog().map((info) => info.name);
    const wanted = subscriber.subscriptions.flatMap((one) => names.filter((name) => matchesPattern(one, name)));
    const { handled, missing } = subscriber.route([...new Set(wanted)]);
    for (const { event, method } of missing) {
      this.logger.warn(`${subscriber.name} subscribes to ${event}, but has no method ${method}(event).`);
    }
    for (const { event, call, method } of handled) {
      this.hub.add({ name: `${subscriber.name}.${method}`, patterns: [event], call });
    }
  }
}

function refused(problems: readonly string[]): ConfigurationError {
  const list = problems.map((problem) => `  ${problem}`).join('\n');
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new ConfigurationError(`The events of the application have ${count}:\n${list}`, {
    code: 'INVALID_SUBSCRIPTION',
    details: { problems },
  });
}

/** Methods with one name are one subscriber: it has an event when all of them that want it have taken it. */
function durableOf(listeners: readonly FoundListener[]): DurableSubscriber[] {
  const byName = new Map<string, FoundListener[]>();
  for (const listener of listeners) {
    const { durable } = listener.options;
    if (durable !== undefined) byName.set(durable, [...(byName.get(durable) ?? []), listener]);
  }
  return [...byName].map(([name, methods]) => ({
    name,
    patterns: [...new Set(methods.flatMap(({ patterns }) => patterns))],
    options: Object.assign({}, ...methods.map(({ options }) => options)) as DurableSubscriber['options'],
    deliver: async (event: TaskerEvent) => {
      for (const { patterns, call } of methods) {
        if (patterns.some((pattern) => matchesPattern(pattern, event.name))) await call(event);
      }
    },
  }));
}
