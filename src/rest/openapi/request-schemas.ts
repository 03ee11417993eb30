import { TASK_STATES } from '../../core/states.js';
import { TASK_SORT_COLUMNS } from '../../persistence/task-list.js';
import { STEP_SORT_FIELDS } from '../input/list-steps.js';
import { anObject, anything, flag, id, input, instant, list, oneOf, orNull, ref, type Schema, text, whole } from './schema-words.js'; // prettier-ignore

const short: Schema = { type: 'string', minLength: 1, maxLength: 128 };
const actor = { by: orNull({ ...text, maxLength: 1_000 }), reason: orNull({ ...text, maxLength: 1_000 }) };
const many = (items: Schema): Schema => ({ type: 'array', items, minItems: 1, maxItems: 100 });

/** Bodies that clients send. */
export const REQUEST_SCHEMAS: Readonly<Record<string, Schema>> = {
  NewTask: input(
    {
      name: short,
      namespace: orNull(short),
      version: orNull(short),
      context: anObject,
      ...{ initiator: orNull(short), source_system: orNull(short), reason: orNull(short) },
      tags: orNull({ ...list(short), maxItems: 50 }),
      bypass_steps: orNull(list(short)),
      priority: orNull({ ...whole, minimum: -100, maximum: 100 }),
      ...{ idempotency_key: orNull(short), correlation_id: orNull(short), run_at: orNull(text) },
    },
    ['name', 'context'],
  ),
  TaskEdit: input({ reason: orNull(short), tags: orNull(list(short)) }),
  StepEdit: input({ retry_limit: orNull({ ...whole, minimum: 1, maximum: 1_000 }), inputs: orNull(anObject) }),
  Action: input(actor),
  Retry: input({ ...actor, reset_attempts: orNull(flag) }),
  Resolution: input({ ...actor, results: anything }),
  BulkCreate: input({ tasks: many(ref('NewTask')) }, ['tasks']),
  BulkAction: input({ ...actor, task_ids: many(id) }, ['task_ids']),
  BulkRetry: input({ ...actor, task_ids: many(id), reset_attempts: orNull(flag) }, ['task_ids']),
};

export type Query = Readonly<Record<string, Schema>>;

const which: Query = {
  ...{ namespace: short, name: short, version: short, initiator: short, correlation_id: short },
  state: list(oneOf(TASK_STATES)),
  tag: list(short),
};
const page: Query = {
  limit: { ...whole, minimum: 1, maximum: 100, default: 20 },
  offset: { ...whole, minimum: 0, default: 0 },
  sort_order: oneOf(['asc', 'desc']),
};

/** Query strings, by route. */
export const QUERIES = {
  tasks: {
    ...which,
    ...{ annotation: text, annotation_contains: text, created_after: instant, created_before: instant },
    ...page,
    ...{ sort_by: oneOf(TASK_SORT_COLUMNS), cursor: text },
  },
  stream: which,
  steps: { ...page, sort_by: oneOf(STEP_SORT_FIELDS) },
  task: { include_dependencies: flag },
  diagram: { format: oneOf(['mermaid', 'json', 'svg']) },
  handler: { version: short },
} as const satisfies Readonly<Record<string, Query>>;
