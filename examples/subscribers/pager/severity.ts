import { type ErrorCategory, errorCategory, type EventFor, matchesPattern } from 'nestjs-tasker';

export type Severity = 'critical' | 'error' | 'warning' | 'info';

/** What is given must fit; the first rule that fits decides. */
export interface SeverityRule {
  /** Of `namespace.task`, e.g. `payments.*`. */
  readonly workflow?: string;
  readonly categories?: readonly ErrorCategory[];
  /** One of the task's tags. */
  readonly tag?: string;
  /** `none`: nobody is woken. */
  readonly severity: Severity | 'none';
}

/** How bad it is that this task failed. Without a rule that fits it is an error. */
export function severityOf(event: EventFor<'task.failed'>, rules: readonly SeverityRule[]): Severity | 'none' {
  const workflow = `${event.namespace}.${event.taskName}`;
  const category = errorCategory(event.error?.errorClass, event.error?.errorCode);
  const fitting = rules.find(
    (rule) =>
      (rule.workflow === undefined || matchesPattern(rule.workflow, workflow)) &&
      (rule.categories === undefined || rule.categories.includes(category)) &&
      (rule.tag === undefined || event.tags.includes(rule.tag)),
  );
  return fitting?.severity ?? 'error';
}
