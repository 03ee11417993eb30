import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type DefinitionIssue } from '../core/errors.js';
import { StepHandlerMark, type StepHandler, type StepHandlerMetadata } from '../handlers/step-handler.js';
import { type StepHandlerEntry } from './step-handler-registry.js';
import { TaskHandlerMark, type WorkflowDefinition } from './task-handler.decorator.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];
type Marked<T> = { readonly className: string; readonly metadata: T };

/** What the classes of an application declare. */
export interface ExploredHandlers {
  readonly handlers: readonly StepHandlerEntry[];
  readonly workflows: readonly { readonly className: string; readonly definition: WorkflowDefinition }[];
  readonly issues: readonly DefinitionIssue[];
}

/** Finds the classes marked with `@StepHandler` and `@TaskHandler` among the providers of all modules. */
@Injectable()
export class HandlerExplorer {
  constructor(private readonly discovery: DiscoveryService) {}

  /** To be called when all providers exist, i.e. in `onModuleInit` or later. */
  explore(): ExploredHandlers {
    const handlers: StepHandlerEntry[] = [];
    const workflows = new Map<WorkflowDefinition, string>();
    const issues: DefinitionIssue[] = [];
    for (const wrapper of this.discovery.getProviders()) {
      if (wrapper.isAlias) continue;
      const step = readMark<StepHandlerMetadata>(StepHandlerMark.KEY, wrapper);
      if (step) {
        const issue = handlerIssue(step, wrapper);
        if (issue) issues.push({ ...issue, source: step.className });
        else handlers.push(toEntry(step, wrapper.instance as StepHandler));
      }
      const task = readMark<WorkflowDefinition>(TaskHandlerMark.KEY, wrapper);
      if (task && !workflows.has(task.metadata)) workflows.set(task.metadata, task.className);
    }
    return {
      handlers,
      workflows: [...workflows].map(([definition, className]) => ({ className, definition })),
      issues,
    };
  }
}

function toEntry({ className, metadata }: Marked<StepHandlerMetadata>, instance: StepHandler): StepHandlerEntry {
  return { token: metadata.token ?? className, className, instance, metadata };
}

function handlerIssue(
  { className, metadata }: Marked<StepHandlerMetadata>,
  wrapper: Wrapper,
): { code: string; message: string } | undefined {
  if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) {
    const scope = wrapper.isTransient ? 'transient' : 'request-scoped, or injects something that is';
    return {
      code: 'REQUEST_SCOPED_HANDLER',
      message:
        `${className} is ${scope}. One handler serves many steps at once, outside of any request: ` +
        'give it the default scope, inject ModuleRef and call resolve() in process() for what must be made anew',
    };
  }
  const { instance } = wrapper as { instance: unknown };
  if (typeof (instance as Partial<StepHandler> | null | undefined)?.process !== 'function') {
    return { code: 'INVALID_STEP_HANDLER', message: `${className} has no method process(context)` };
  }
  if (metadata.token !== undefined && (typeof metadata.token !== 'string' || metadata.token.trim() === '')) {
    return { code: 'INVALID_STEP_HANDLER', message: `${className} has an empty token` };
  }
  return undefined;
}

/**
 * The mark of the provider's class. A provider that stands in for a marked class (a mock in a test, a factory) carries the
 * mark of the class it is provided as.
 */
function readMark<T>(key: string, wrapper: Wrapper): Marked<T> | undefined {
  const { instance } = wrapper as { instance: unknown };
  const made = typeof instance === 'object' && instance !== null ? instance.constructor : undefined;
  for (const candidate of [made, wrapper.metatype, wrapper.token]) {
    if (typeof candidate !== 'function') continue;
    const metadata = Reflect.getMetadata(key, candidate) as T | undefined;
    if (metadata !== undefined) return { className: (candidate as Type).name, metadata };
  }
  return undefined;
}
