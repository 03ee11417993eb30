import { type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type EventDeclaration } from '../core/events/event-declaration.js';
import { type BackoffPolicy } from '../core/backoff.js';
import { type MissedPolicy } from '../core/schedule.js';
import { type StepHandler } from '../handlers/step-handler.js';
import { type JsonSchema } from './task-template.js';

/** A step as `@TaskHandler` and inline definitions write it. */
export interface StepDefinition {
  readonly name: string;
  /** The `@StepHandler` class, or its token. Default: the handler whose token is the step's name. */
  readonly handler?: Type<StepHandler> | string;
  readonly description?: string;
  readonly dependsOn?: readonly string[];
  /** @default the workflow's, else 'unknown' */
  readonly dependentSystem?: string;
  /** @default true */
  readonly retryable?: boolean;
  /** Attempts in all. @default 3 */
  readonly retryLimit?: number;
  /** @default the module's `execution.stepTimeoutSeconds` */
  readonly timeoutSeconds?: number;
  readonly backoff?: Partial<BackoffPolicy>;
  /** @default false */
  readonly skippable?: boolean;
  /** Handed to the handler as `step.config`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Events of your own that it publishes: `{ name: 'order.shipped', schema }`. */
  readonly customEvents?: readonly EventDeclaration[];
  /** Places in its results that logs, events and interfaces never show, such as `card.token`. */
  readonly sensitive?: readonly string[];
}

/** When tasks of a workflow are created by themselves, as `@TaskHandler` and inline definitions write it. */
export interface ScheduleDefinition {
  /** `minute hour day month weekday`, six fields with seconds first, or a nickname such as `@daily`. */
  readonly cron: string;
  /** Name of the IANA database, such as `Europe/Berlin`. @default 'UTC' */
  readonly timeZone?: string;
  /** What each of these tasks is created with; must fit the workflow's schema. @default {} */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * What becomes of moments at which no process was there: `skip` leaves them out, `once` makes up for all of them with
   * one task, `all` creates a task for each. @default 'once'
   */
  readonly missed?: MissedPolicy;
  /** @default true */
  readonly enabled?: boolean;
}

/** A workflow as `@TaskHandler` and inline definitions write it. */
export interface WorkflowDefinition {
  readonly name: string;
  /** @default 'default' */
  readonly namespace?: string;
  /** @default '0.1.0' */
  readonly version?: string;
  readonly description?: string;
  /** JSON schema of the context. */
  readonly schema?: JsonSchema;
  /** @default the module's `strictContext` */
  readonly strictContext?: 'reject' | 'strip' | 'allow';
  /** Dependent system of the steps that name none. @default 'unknown' */
  readonly dependentSystem?: string;
  /** Creates tasks of this workflow by the clock: once for the whole fleet. */
  readonly schedule?: ScheduleDefinition;
  /** Events of your own that its steps publish. */
  readonly customEvents?: readonly EventDeclaration[];
  /** Places in the context that logs, events and interfaces never show: `payment.card_number`, `items[].iban`, `*.ssn`. */
  readonly sensitive?: readonly string[];
  readonly steps: readonly StepDefinition[];
}

/** Reader key for `DiscoveryService.getMetadataByDecorator`. */
export const TaskHandlerMark = DiscoveryService.createDecorator<WorkflowDefinition>();

/**
 * Declares a workflow on a class. The class must be listed as a provider of some module; it may be empty.
 *
 * @example
 * @TaskHandler({
 *   name: 'process_order', namespace: 'ecommerce', version: '1.0.0', schema: orderContext,
 *   steps: [
 *     { name: 'validate_order', handler: ValidateOrder },
 *     { name: 'process_payment', handler: ProcessPayment, dependsOn: ['validate_order'], retryLimit: 5 },
 *   ],
 * })
 * export class ProcessOrder {}
 */
export function TaskHandler(definition: WorkflowDefinition): ClassDecorator {
  return TaskHandlerMark(definition);
}
