import { TASK_STATES } from '../../core/states.js';
import { QUERIES, type Query } from './request-schemas.js';
import { flag, id, list, object, oneOf, ref, type Schema, text, whole } from './schema-words.js';

/** A route in a line: what it is for, what it takes, what it answers with. */
export interface RouteDescription {
  readonly id: string;
  readonly summary: string;
  readonly query?: Query;
  /** A schema of {@link REQUEST_SCHEMAS}, and whether there must be a body. */
  readonly body?: string;
  readonly mustHaveBody?: boolean;
  /** By status: a JSON body, or the media types of another. */
  readonly answers: Readonly<Record<number, Schema | readonly string[]>>;
  /** Codes of the refusals that are its own, by status. */
  readonly refusals?: Readonly<Record<number, readonly string[]>>;
  /** Headers that it knows. */
  readonly headers?: readonly string[];
}

const task = object({ task: ref('Task') });
const step = object({ step: ref('Step') });
const created = object({ task: ref('Task'), created: flag });
const cancelled = object({ cancelled: flag });
const noTask = { 404: ['TASK_NOT_FOUND'] };
const noStep = { 404: ['TASK_NOT_FOUND', 'STEP_NOT_FOUND'] };
const notNow = { ...noTask, 409: ['INVALID_TRANSITION'] };
const stepNotNow = { ...noStep, 409: ['INVALID_TRANSITION'] };
const events = { 200: ['text/event-stream'] };
const bulk = (item: Readonly<Record<string, Schema>>): Schema =>
  object({
    results: list({
      anyOf: [
        object({ index: whole, status: whole, ...item }),
        object({ index: whole, status: whole, problem: ref('Problem') }),
      ],
    }),
    ...{ succeeded: whole, failed: whole },
  });
const bulkActed = bulk({ task_id: id, task_status: oneOf(TASK_STATES) });
const act = (idOf: string, summary: string, body = 'Action'): RouteDescription => ({
  ...{ id: idOf, summary, body, answers: { 200: task }, refusals: notNow },
});
const actOnStep = (idOf: string, summary: string, body = 'Action'): RouteDescription => ({
  ...{ id: idOf, summary, body, answers: { 200: step }, refusals: stepNotNow },
});
const newTask = { 409: ['DUPLICATE_TASK'], 422: ['IDEMPOTENCY_KEY_REUSED'] };
const STEP = '/tasks/{task_id}/workflow_steps/{id}';

/** Every route, by method and path below where we are mounted. A test holds this against the routes that there are. */
export const ROUTES: Readonly<Record<string, RouteDescription>> = {
  'GET /tasks': {
    ...{ id: 'listTasks', summary: 'Tasks that fit, in pages', query: QUERIES.tasks },
    answers: { 200: object({ tasks: list(ref('TaskSummary')), paging: ref('Paging') }) },
  },
  'POST /tasks': {
    ...{ id: 'createTask', summary: 'Creates a task; 200 when its idempotency key has made it before' },
    ...{ body: 'NewTask', mustHaveBody: true, answers: { 201: created, 200: created }, refusals: newTask },
    headers: ['Idempotency-Key', 'X-Correlation-ID'],
  },
  'GET /tasks/stream': {
    ...{ id: 'streamTasks', summary: 'What happens to tasks that fit, as it happens', query: QUERIES.stream },
    ...{ answers: events, refusals: { 503: ['TOO_MANY_STREAMS'] }, headers: ['Last-Event-ID'] },
  },
  'POST /tasks/bulk': {
    ...{ id: 'createTasks', summary: 'Creates many tasks, each on its own', body: 'BulkCreate', mustHaveBody: true },
    answers: { 207: bulk({ task_id: id, created: flag }) },
  },
  'POST /tasks/bulk/cancel': {
    ...{ id: 'cancelTasks', summary: 'Cancels many tasks, each on its own', body: 'BulkAction', mustHaveBody: true },
    answers: { 207: bulkActed },
  },
  'POST /tasks/bulk/retry': {
    ...{ id: 'retryTasks', summary: 'Retries many tasks, each on its own', body: 'BulkRetry', mustHaveBody: true },
    answers: { 207: bulkActed },
  },
  'GET /tasks/{id}': {
    ...{ id: 'getTask', summary: 'A task with its steps and annotations', query: QUERIES.task },
    ...{ answers: { 200: task }, refusals: noTask },
  },
  'PATCH /tasks/{id}': {
    ...{ id: 'updateTask', summary: 'Changes reason and tags', body: 'TaskEdit', mustHaveBody: true },
    ...{ answers: { 200: task }, refusals: noTask },
  },
  'PUT /tasks/{id}': {
    ...{ id: 'putTask', summary: 'The same as PATCH', body: 'TaskEdit', mustHaveBody: true },
    ...{ answers: { 200: task }, refusals: noTask },
  },
  'DELETE /tasks/{id}': {
    ...{ id: 'deleteTask', summary: 'Cancels a task', body: 'Action', answers: { 200: cancelled }, refusals: notNow },
  },
  'POST /tasks/{id}/cancel': act('cancelTask', 'Cancels a task and its open steps'),
  'POST /tasks/{id}/retry': act('retryTask', 'Runs the failed steps of a task again', 'Retry'),
  'POST /tasks/{id}/resolve': act('resolveTask', 'Declares a failed task dealt with'),
  'POST /tasks/{id}/pause': act('pauseTask', 'Starts no step of a task until it is resumed'),
  'POST /tasks/{id}/resume': act('resumeTask', 'Lets a paused task go on'),
  'GET /tasks/{id}/stream': {
    ...{ id: 'streamTask', summary: 'What happens to a task, until it rests', headers: ['Last-Event-ID'] },
    ...{ answers: { ...events, 204: [] }, refusals: { ...noTask, 503: ['TOO_MANY_STREAMS'] } },
  },
  'GET /tasks/{id}/history': {
    ...{ id: 'getTaskHistory', summary: 'The moves of a task', refusals: noTask },
    answers: { 200: object({ transitions: list(ref('Transition')) }) },
  },
  'GET /tasks/{id}/timeline': {
    ...{ id: 'getTaskTimeline', summary: 'What ran when, for how long, where, and what failed', refusals: noTask },
    answers: { 200: object({ timeline: ref('Timeline') }) },
  },
  'GET /tasks/{id}/diagram': {
    ...{ id: 'getTaskDiagram', summary: 'A picture of a task', query: QUERIES.diagram, refusals: noTask },
    answers: { 200: { ...object({ diagram: ref('Diagram') }), 'x-also': ['text/vnd.mermaid', 'image/svg+xml'] } },
  },
  'GET /tasks/{task_id}/workflow_steps': {
    ...{ id: 'getStepsByTask', summary: 'The steps of a task', query: QUERIES.steps, refusals: noTask },
    answers: { 200: object({ steps: list(ref('Step')), paging: ref('Paging') }) },
  },
  [`GET ${STEP}`]: {
    ...{ id: 'getStepByTask', summary: 'A step of a task', answers: { 200: step }, refusals: noStep },
  },
  [`PATCH ${STEP}`]: {
    ...{ id: 'updateStepByTask', summary: 'Changes limit and inputs', body: 'StepEdit', mustHaveBody: true },
    ...{ answers: { 200: step }, refusals: stepNotNow },
  },
  [`PUT ${STEP}`]: {
    ...{ id: 'putStepByTask', summary: 'The same as PATCH', body: 'StepEdit', mustHaveBody: true },
    ...{ answers: { 200: step }, refusals: stepNotNow },
  },
  [`DELETE ${STEP}`]: {
    ...{ id: 'deleteStepByTask', summary: 'Cancels a step', body: 'Action' },
    ...{ answers: { 200: cancelled }, refusals: stepNotNow },
  },
  [`GET ${STEP}/attempts`]: {
    ...{ id: 'getStepAttempts', summary: 'Every attempt of a step', refusals: noStep },
    answers: { 200: object({ attempts: list(ref('Attempt')) }) },
  },
  [`GET ${STEP}/history`]: {
    ...{ id: 'getStepHistory', summary: 'The moves of a step', refusals: noStep },
    answers: { 200: object({ transitions: list(ref('Transition')) }) },
  },
  [`POST ${STEP}/cancel`]: actOnStep('cancelStepByTask', 'Cancels a step and what could only run after it'),
  [`POST ${STEP}/retry`]: actOnStep('retryStep', 'Runs a failed step again', 'Retry'),
  [`POST ${STEP}/resolve`]: actOnStep('resolveStep', 'Declares a step done, with results', 'Resolution'),
  [`POST ${STEP}/skip`]: {
    ...actOnStep('skipStep', 'Leaves a skippable step out'),
    refusals: { ...noStep, 409: ['INVALID_TRANSITION', 'STEP_NOT_SKIPPABLE'] },
  },
  'GET /handlers': {
    ...{ id: 'listNamespaces', summary: 'The namespaces that have workflows' },
    answers: {
      200: object({ namespaces: list(object({ name: text, handler_count: whole })), total_namespaces: whole }),
    },
  },
  'GET /handlers/{namespace}': {
    ...{ id: 'listHandlersInNamespace', summary: 'The workflows of a namespace' },
    ...{ refusals: { 404: ['NAMESPACE_NOT_FOUND'] } },
    answers: { 200: object({ namespace: text, handlers: list(ref('HandlerSummary')), total_handlers: whole }) },
  },
  'GET /handlers/{namespace}/{name}': {
    ...{
      id: 'getHandlerWithDependencies',
      summary: 'A workflow with its steps and its schema',
      query: QUERIES.handler,
    },
    ...{ answers: { 200: object({ handler: ref('Handler') }) } },
    refusals: { 404: ['NAMESPACE_NOT_FOUND', 'HANDLER_NOT_FOUND'] },
  },
};
