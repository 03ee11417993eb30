import { DiscoveryService } from '@nestjs/core';
import { type EventDeclaration } from '../core/events/event-declaration.js';
import { type StepContext } from './step-context.js';

/**
 * What a user writes: one class per kind of step, an ordinary Nest provider.
 *
 * ```ts
 * @StepHandler('validate_order')
 * export class ValidateOrder implements StepHandler {
 *   constructor(private readonly orders: OrdersService) {}
 *
 *   async process({ task, sequence, step, signal }: StepContext) {
 *     const order = await this.orders.find(task.context.order_id, { signal });
 *     if (!order) throw new PermanentError('order not found', { errorCode: 'ORDER_NOT_FOUND' });
 *     return { order_id: order.id, total: order.total };
 *   }
 * }
 * ```
 *
 * - What `process` returns is stored as the step's results (JSON; `undefined` becomes null) in the same commit that
 *   completes the step. Later steps read it with `sequence.results('validate_order')`.
 * - Whatever it throws fails the attempt: any error is retried with backoff up to the step's limit, a `PermanentError`
 *   never, a `RetryableError` may say when.
 * - An attempt may be cut off after its side effect and before its commit (a killed process), so a handler can be called
 *   again: pass `idempotencyKey` to what you call.
 * - `signal` is aborted on timeout, cancellation and shutdown.
 * - One instance serves all steps at once: keep no state of a step in fields.
 */
export interface StepHandler {
  process(context: StepContext): unknown;
  /**
   * Shapes what is stored, after `process` has done its work. What it throws fails the step for good
   * (`RESULT_PROCESSING_FAILED`): the side effect has happened and must not be repeated, so an operator decides.
   */
  processResults?(output: unknown, context: StepContext): unknown;
}

export interface StepHandlerOptions {
  /**
   * True: `process` runs in a database transaction that also completes the step. What it writes through
   * `context.manager` and the step's completion commit once, together, or not at all. Keep such steps short, and call
   * no other system from them. @default false
   */
  readonly transactional?: boolean;
  /** JSON schema that the step's `handler_config` must fit; checked at boot. */
  readonly configSchema?: Readonly<Record<string, unknown>>;
  /** The events of the application's own that it publishes. */
  readonly customEvents?: readonly EventDeclaration[];
}

/** What `@StepHandler` writes on a class. */
export interface StepHandlerMetadata extends StepHandlerOptions {
  /** The name definitions use; undefined means the class name. */
  readonly token: string | undefined;
}

/** Reader key for `DiscoveryService.getMetadataByDecorator`. */
export const StepHandlerMark = DiscoveryService.createDecorator<StepHandlerMetadata>();

/**
 * Marks a class as a step handler. Definitions name it by `token`, or by its class name.
 * The class must be listed as a provider of some module, with default (singleton) scope.
 */
export function StepHandler(token?: string, options: StepHandlerOptions = {}): ClassDecorator {
  // Not `Injectable()` as well: that would undo a scope the class declares, and the scope must be seen to be refused.
  return StepHandlerMark({ token, ...options });
}
