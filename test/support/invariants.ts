/**
 * What must hold of the tables at every moment, whatever has happened: nothing is counted wrongly, no step that can run
 * is without a wake-up, every history is whole. The rules are those of `tasker doctor`, asked as one statement, so it may
 * also be done while workers run.
 */
import pg from 'pg';
import { CHECKS } from '../../src/persistence/doctor/checks.js';
import { examinationSql } from '../../src/persistence/doctor/examine.js';

export interface InvariantOptions {
  /** Where the tables are. @default the first schema of the search path that has them */
  readonly schema?: string;
}

/** The least that is asked of a connection: `pg.Client`, `pg.Pool` and `pg.PoolClient` all have it. */
export interface InvariantClient {
  query(query: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
}

export interface Violation {
  readonly rule: string;
  /** The task or step concerned. */
  readonly id: string;
  readonly found: string | null;
  readonly expected: string | null;
}

/** Tests claim in the name of workers that never were; whether a fleet is at work is not asked. */
const ASKED = CHECKS.filter((check) => !check.isAboutFleet);
const LIMIT = 20;

/** Fails with the broken rules, and which rows break them. */
export async function expectInvariants(target: string | InvariantClient, options?: InvariantOptions): Promise<void> {
  const violations = await findViolations(target, options);
  if (violations.length === 0) return;
  const lines = violations.map(({ rule, id, found, expected }) => `  ${id}: ${rule}; is ${found}, not ${expected}`);
  throw new Error(`The tables contradict themselves ${violations.length} times or more:\n${lines.join('\n')}`);
}

/** The first broken rules; empty when all is well. */
export async function findViolations(
  target: string | InvariantClient,
  options: InvariantOptions = {},
): Promise<Violation[]> {
  const prefix = options.schema === undefined ? '' : `${pg.escapeIdentifier(options.schema)}.`;
  const text = examinationSql(ASKED).replaceAll('$schema.', prefix);
  // Planned once per connection: planning takes longer than the answer.
  const query = { name: `invariants ${prefix}`, text, values: [null, LIMIT] };
  if (typeof target !== 'string') return toViolations((await target.query(query)).rows);
  const client = new pg.Client({ connectionString: target });
  await client.connect();
  try {
    return toViolations((await client.query(query)).rows);
  } finally {
    await client.end();
  }
}

function toViolations(rows: readonly unknown[]): Violation[] {
  return (rows as { code: string; id: number | string; found: string; expected: string }[])
    .slice(0, LIMIT)
    .map(({ code, id, found, expected }) => {
      const { rule, subject } = ASKED.find((check) => check.code === code)!;
      return { rule, id: `${subject} ${id}`, found, expected };
    });
}
