/**
 * The errors of the library: one base class, a stable `code`, the facts concerned in `details`, and a hint that says
 * what to do. Messages start with what the caller did.
 */
export interface TaskerErrorOptions {
  /** What to do about it, one sentence. */
  readonly hint?: string;
  /** The ids and values concerned; plain JSON. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class TaskerError extends Error {
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: string,
    message: string,
    options: TaskerErrorOptions = {},
  ) {
    // The hint is part of the message too: whatever prints an error prints that.
    super(
      options.hint ? `${message} ${options.hint}` : message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = new.target.name;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** The module was set up wrongly: an option, a data source, a migration. Stops the boot. */
export class ConfigurationError extends TaskerError {
  constructor(message: string, options?: TaskerErrorOptions & { code?: string }) {
    super(options?.code ?? 'INVALID_CONFIGURATION', message, options);
  }
}

/** One thing that is wrong in a workflow definition. */
export interface DefinitionIssue {
  readonly code: string;
  readonly message: string;
  /** Where it stands: a file (with line and column when known) or the class that declares it. */
  readonly source: string;
  readonly line?: number;
  readonly column?: number;
}

/** Every problem of every definition, at once. Stops the boot. */
export class InvalidDefinitionError extends TaskerError {
  constructor(readonly issues: readonly DefinitionIssue[]) {
    const lines = issues.map((issue) => `  ${formatSource(issue)} ${issue.code}: ${issue.message}`);
    const count = issues.length === 1 ? '1 problem' : `${issues.length} problems`;
    super('INVALID_DEFINITION', `The workflow definitions have ${count}:\n${lines.join('\n')}`, {
      details: { issues },
    });
  }
}

/** One field of a request that was refused. */
export interface FieldError {
  /** The path of the field, e.g. `context.cart_items[0].price`. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** A request was refused before anything was written; `errors` names each field. */
export class ValidationError extends TaskerError {
  constructor(
    message: string,
    readonly errors: readonly FieldError[],
    code = 'INVALID_REQUEST',
  ) {
    super(code, message, { details: { errors } });
  }
}

/** The task's context does not fit the schema of its definition. Nothing was written. */
export class ContextValidationError extends ValidationError {
  constructor(definition: string, errors: readonly FieldError[]) {
    const listed = errors.map((error) => `${error.path} ${error.message.replace(/\.$/, '')}`).join('; ');
    super(`The context does not fit the schema of ${definition}: ${listed}`, errors, 'INVALID_CONTEXT');
  }
}

/** What was asked for does not exist (a task, a step, a definition). */
export class NotFoundError extends TaskerError {
  constructor(code: string, message: string, options?: TaskerErrorOptions) {
    super(code, message, options);
  }
}

/** A request with the same identity or idempotency key already made a task. */
export class DuplicateTaskError extends TaskerError {
  constructor(readonly existingTaskId: number) {
    super('DUPLICATE_TASK', `An identical request has already created task ${existingTaskId}.`, {
      hint: "Use the existing task, pass a different idempotencyKey, or set onDuplicate: 'return'.",
      details: { existing_task_id: existingTaskId },
    });
  }
}

/** A state change that the state machine does not allow; `state` is where it is now, `allowed` where it may go. */
export class InvalidTransitionError extends TaskerError {
  constructor(
    readonly entity: 'task' | 'step',
    readonly id: number,
    readonly state: string,
    action: string,
    readonly allowed: readonly string[],
  ) {
    const possible = allowed.length === 0 ? 'Nothing can be done with it.' : `What can be done: ${allowed.join(', ')}.`;
    super('INVALID_TRANSITION', `Cannot ${action} ${entity} ${id}: it is ${state}. ${possible}`, {
      details: { entity, id, state, allowed },
    });
  }
}

/** `waitForTask` gave up waiting; the task goes on. */
export class WaitTimeoutError extends TaskerError {
  constructor(taskId: number, timeoutMs: number, state: string) {
    super('WAIT_TIMEOUT', `Waited ${timeoutMs} ms for task ${taskId}; it is still ${state}.`, {
      hint: 'The task goes on; wait again or look at it with getTask.',
      details: { task_id: taskId, state },
    });
  }
}

function formatSource(issue: DefinitionIssue): string {
  return issue.line === undefined ? `${issue.source}:` : `${issue.source}:${issue.line}:${issue.column ?? 1}`;
}
