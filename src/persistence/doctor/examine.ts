import { type Queryable } from '../database.js';
import { type Check } from './check.js';
import { SHARED } from './shared.js';

/** A row that breaks a rule. */
export interface Finding {
  readonly id: number;
  /** Null when it belongs to no task that is there. */
  readonly taskId: number | null;
  readonly found: string;
  readonly expected: string;
}

/** A rule that does not hold, with the first rows that break it. */
export interface Problem {
  readonly check: Check;
  /** How many rows break it in all. */
  readonly total: number;
  readonly findings: readonly Finding[];
}

interface Row {
  code: string;
  id: number;
  task_id: number | null;
  found: string;
  expected: string;
  total: number;
}

/**
 * All checks as one statement, so that they see one moment and need no transaction: `$1` is the instant to take as now
 * (null: the database's clock), `$2` how many rows each check may name. Gives `code, id, task_id, found, expected, total`.
 */
export function examinationSql(checks: readonly Check[]): string {
  const arms = checks.map(
    ({ code, sql }) =>
      `select * from (
         select '${code}'::text as code, f.id::bigint, f.task_id::bigint, f.found::text, f.expected::text,
                count(*) over () as total
         from (${sql}) f order by f.id limit $2
       ) "${code}"`,
  );
  // What no check asks is never computed; the instant needs a type even when none of the checks asks for it.
  return `with clock as (select $1::timestamptz), ${SHARED}\n${arms.join('\nunion all\n')}`;
}

/** The rules that do not hold, in the order of the checks. */
export async function examine(
  on: Queryable,
  checks: readonly Check[],
  { now, limit }: { readonly now: Date | null; readonly limit: number },
): Promise<Problem[]> {
  const rows = await on.rows<Row>(examinationSql(checks), [now, limit]);
  return checks.flatMap((check) => {
    const found = rows.filter((row) => row.code === check.code);
    if (found.length === 0) return [];
    const findings = found.map(({ id, task_id: taskId, found, expected }) => ({ id, taskId, found, expected }));
    return [{ check, total: found[0]!.total, findings }];
  });
}

/** How much there was to look at. */
export async function countRows(on: Queryable): Promise<{ tasks: number; steps: number }> {
  const [row] = await on.rows<{ tasks: number; steps: number }>(
    `select (select count(*) from $schema.tasker_tasks) as tasks,
       (select count(*) from $schema.tasker_workflow_steps) as steps`,
  );
  return row!;
}

/** Keeps what a repair did: how many rows of which problem. */
export async function recordRepair(on: Queryable, fixed: Readonly<Record<string, number>>): Promise<void> {
  await on.rows(`insert into $schema.tasker_audit (action, subject, metadata) values ('repair', 'doctor', $1)`, [
    JSON.stringify(fixed),
  ]);
}
