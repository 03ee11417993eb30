/** The public face. Nothing here may reach an optional peer (a test walks the imports). */
export { TaskerModule, type TaskerModuleExtras } from './tasker.module.js';
export { type TaskerOptions, type DatabaseOptions, type ResolvedOptions, type RestOptions } from './tasker.options.js';
export { type RedactionSettings as RedactionOptions } from './redaction-options.js';
export { type WebhookSettings as WebhookOptions } from './webhook-options.js';
export { TASKER_OPTIONS } from './tasker.tokens.js';

export { type AuthOptions } from './auth/auth.options.js';
export { type Authenticator, type AuthRequest, authRequestOf, bearerToken } from './auth/authenticator.js';
export { JwtAuthenticator } from './auth/jwt-authenticator.js';
export { type JwtAlgorithm, type JwtOptions } from './auth/jwt-options.js';
export { ApiTokenAuthenticator } from './auth/api-token-authenticator.js';
export { type ApiTokenRequest, ApiTokens } from './auth/api-tokens.js';
export { type ApiTokenRecord } from './persistence/api-token-store.js';
export {
  PassportAuthenticator,
  type PassportOptions,
  type PassportStrategy,
  RequestUserAuthenticator,
  type UserMapping,
} from './auth/passport-authenticator.js';
export { type Principal, type PrincipalInput } from './auth/principal.js';
export { type AuthorizationContext, type AuthorizationCoordinator, type RoleMap } from './auth/coordinator.js';
export { Access } from './auth/access.js';
export {
  type AuthenticationCode,
  AuthenticationError,
  AuthenticationUnavailableError,
  AuthorizationError,
} from './auth/auth-errors.js';
export { type Action, PERMISSIONS, type Resource, RESOURCES } from './auth/permissions.js';
export { TaskerAuth } from './auth/tasker-auth.js';
export { TaskerAuthGuard } from './auth/tasker-auth.guard.js';
export { CurrentAccess, OpenToAll, Requires, type RouteScope } from './auth/requires.decorator.js';

export { StepHandler, type StepHandlerOptions } from './handlers/step-handler.js';
export {
  type FinishedStepView,
  type StepContext,
  type StepLogger,
  type StepSequence,
  type StepView,
  type TaskView,
} from './handlers/step-context.js';
export { type StepEventPublisher } from './handlers/step-events.js';
export {
  CORRELATION_HEADER,
  correlationHeaders,
  currentCorrelationId,
  runWithCorrelationId,
} from './handlers/correlation-context.js';
export { PermanentError, RetryableError, type StepErrorOptions } from './handlers/handler-errors.js';

export {
  TaskHandler,
  type ScheduleDefinition,
  type StepDefinition,
  type WorkflowDefinition,
} from './definitions/task-handler.decorator.js';
export {
  type JsonSchema,
  type ScheduleTemplate,
  type StepTemplate,
  type TaskTemplate,
} from './definitions/task-template.js';
export { Definition } from './definitions/definition.js';
export { DefinitionRegistry } from './definitions/definition-registry.js';

export { type Actor } from './engine/actor.js';
export { OnTaskerEvent, type OnTaskerEventOptions } from './events/on-tasker-event.decorator.js';
export { type DurableOptions } from './events/durable-subscriber.js';
export { BaseSubscriber } from './events/base-subscriber.js';
export { type CoreAttributes, extractCoreAttributes } from './events/helpers/core-attributes.js';
export { type StepAttributes, extractStepAttributes } from './events/helpers/step-attributes.js';
export { extractTimingMetrics, type TimingMetrics } from './events/helpers/timing-metrics.js';
export { errorCategory, type ErrorCategory } from './events/helpers/error-category.js';
export { type ErrorMetrics, extractErrorMetrics } from './events/helpers/error-metrics.js';
export { extractMetricTags, type MetricTagOptions } from './events/helpers/metric-tags.js';
export { buildMetricName } from './events/helpers/metric-name.js';
export { extractNumericMetric } from './events/helpers/numeric-metric.js';
export {
  verifyWebhook,
  type WebhookMessage,
  type WebhookRequest as ReceivedWebhook,
  WebhookVerificationError,
} from './events/verify-webhook.js';
export { EventRegistry, type Subscription } from './events/event-registry.js';
export { EventHub, type Listener, type ListenerStatus } from './events/event-hub.js';

export { EventDeliveries, type ReplayFrom, type SubscriberStatus } from './engine/events/durable/event-deliveries.js';
export { DurableDelivery } from './engine/events/durable/durable-delivery.js';

export { TaskerService, type CreateOptions, type TaskDetails, type TaskHandle } from './engine/tasker.service.js';
export { type TaskRequest } from './engine/task-request.js';
export { StateMachineService, type ActionResult } from './engine/state-machine.service.js';
export { ControlService } from './engine/control.service.js';
export {
  TaskerWebhooks,
  type WebhookDeliveries,
  type WebhookWithSecret,
} from './engine/events/webhooks/tasker-webhooks.js';
export { type WebhookRequest, type WebhookUpdate } from './engine/events/webhooks/webhook-request.js';
export { type WebhookAnswer } from './engine/events/webhooks/webhook-sender.js';
export { type DeclaredWebhook } from './engine/events/webhooks/webhook-settings.js';
export { WebhookSubscribers } from './engine/events/webhooks/webhook-subscribers.js';
export { type Webhook } from './engine/events/webhooks/webhook-view.js';
export { TaskerSchedules } from './engine/schedules/tasker-schedules.js';
export { type ScheduleRequest } from './engine/schedules/schedule-request.js';
export { DoctorService, type Examination, type Repaired } from './engine/doctor.service.js';
export { type Check as DoctorCheck, type CheckGroup as DoctorCheckGroup } from './persistence/doctor/check.js';
export { type Finding as DoctorFinding, type Problem as DoctorProblem } from './persistence/doctor/examine.js';
export { type BreakerOptions, type Control, type LimitOptions } from './persistence/control-store.js';
export { TaskerRedaction, type EventOrigin } from './engine/redaction/tasker-redaction.js';
export { type LoggingOptions } from './logging/log-settings.js';
export { TaskerJsonLogger } from './logging/json-logger.js';
export { OrchestrationService } from './engine/orchestration.service.js';
export { TaskerWorker } from './engine/worker.js';
export { type WorkerStatus } from './engine/worker-status.js';
export { AttemptAborted } from './engine/step-runner.js';
export {
  type ExecutionOptions,
  type LimitsOptions,
  type RetentionOptions,
  type WorkerOptions,
} from './engine/engine.options.js';
export { Wakeup } from './engine/wakeup/wakeup.js';

export { type AnnotationFilter, type TaskQuery } from './persistence/task-list.js';
export { openApiDocument } from './rest/openapi/document.js';
export { TASKER_ENTITIES } from './persistence/entities/tasker-entities.js';
export {
  migrationStatus,
  type MigrationStatus,
  revertMigrations,
  runMigrations,
  taskerMigrations,
} from './persistence/migrations.js';

export { Clock, SystemClock } from './core/clock.js';
export { type EventCategory, type EventInfo, TASKER_EVENTS } from './core/events/catalogue.js';
export { type EventDeclaration } from './core/events/event-declaration.js';
export {
  type CustomEvent,
  type CustomEventPayloads,
  type EventBase,
  type EventError,
  type EventFor,
  type StepEventBase,
  type SystemEventName,
  type SystemEvents,
  type TaskerEvent,
  type TaskEventBase,
} from './core/events/event-map.js';
export { matchesPattern } from './core/events/patterns.js';
export { type BackoffPolicy } from './core/backoff.js';
export { isCorrelationId } from './core/correlation-id.js';
export { type KeyPattern } from './core/secret-keys.js';
export { type IdentityInput, type IdentityStrategy } from './core/identity.js';
export {
  type AnnotationRecord,
  type StepFailure,
  type StepRecord,
  type TaskRecord,
  type TransitionRecord,
} from './core/records.js';
export { type MissedPolicy, type ScheduleRecord } from './core/schedule.js';
export { STEP_STATES, type StepState, TASK_STATES, type TaskState } from './core/states.js';
export {
  ConfigurationError,
  ContextValidationError,
  type DefinitionIssue,
  DuplicateTaskError,
  type FieldError,
  InvalidDefinitionError,
  InvalidTransitionError,
  NotFoundError,
  TaskerError,
  type TaskerErrorOptions,
  ValidationError,
  WaitTimeoutError,
} from './core/errors.js';
