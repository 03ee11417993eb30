/** A step's context without an engine, for what a handler does with input that the schema or an earlier step refuses. */
import { type StepContext } from 'nestjs-tasker';

export interface GivenContext {
  readonly context?: unknown;
  /** By step; a step that is left out has none. */
  readonly results?: Readonly<Record<string, unknown>>;
}

export function stepContext({ context = {}, results = {} }: GivenContext): StepContext {
  const given = {
    task: { taskId: 7, context },
    sequence: { results: (name: string) => results[name] ?? null },
    signal: new AbortController().signal,
    attempt: 1,
    idempotencyKey: 'tasker-7-1',
  };
  return given as unknown as StepContext;
}
