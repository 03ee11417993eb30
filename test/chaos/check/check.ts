/** Holds a database that a run has left behind against every rule. */
import type pg from 'pg';
import { CHECKS } from '../../../src/persistence/doctor/checks.js';
import { examine } from '../../../src/persistence/doctor/examine.js';
import { type Ledger } from '../driver/creator-process.js';
import { claimsOf } from './claims.js';
import { checkEvents, type EventTally } from './events.js';
import { type TaskLife, type Violation } from './life.js';
import { taskLives } from './load.js';
import { requestsKept } from './requests.js';
import { atRest, stepRules } from './rules.js';
import { Tally } from './tally.js';
import { tellLife } from './tell.js';

/** With so many a report is long enough. */
const MAX_VIOLATIONS = 50;

export interface Verdict {
  readonly tally: Tally;
  readonly events: EventTally;
  readonly violations: readonly Violation[];
}

export async function check(client: pg.Client, ledger: Ledger, poisonLimit: number): Promise<Verdict> {
  const tally = new Tally();
  const violations: Violation[] = [];
  const requests = new Map<number, number[]>();
  for await (const task of taskLives(client)) {
    requests.set(task.n, [...(requests.get(task.n) ?? []), task.taskId]);
    tally.addTask(task);
    violations.push(...checkTask(task, tally, poisonLimit));
  }
  violations.push(...requestsKept(requests, ledger));
  violations.push(...(await askTheDoctor(client)));
  const events = await checkEvents(client);
  violations.push(...events.violations);
  return { tally, events: events.tally, violations: violations.slice(0, MAX_VIOLATIONS) };
}

/** All that `tasker doctor` looks at. */
async function askTheDoctor(client: pg.Client): Promise<Violation[]> {
  const rows = async <T>(text: string, values: readonly unknown[] = []) =>
    (await client.query(text.replaceAll('$schema.', ''), values as unknown[])).rows as T[];
  const problems = await examine({ rows }, CHECKS, { now: null, limit: MAX_VIOLATIONS });
  return problems.flatMap(({ check: { rule, subject }, findings }) =>
    findings.map(({ id, found, expected }) => ({
      rule,
      subject: `${subject} ${id}`,
      found: `${found}, not ${expected}`,
    })),
  );
}

export function checkTask(task: TaskLife, tally: Tally, poisonLimit: number): Violation[] {
  const violations: Violation[] = atRest(task).map((found) => ({
    rule: 'every task comes to an end',
    subject: `task ${task.taskId}`,
    found,
    details: task.steps.flatMap((step) => tellLife(step, task)),
  }));
  for (const step of task.steps) {
    const claims = claimsOf(step);
    tally.addStep(step, claims);
    for (const [rule, holds] of Object.entries(stepRules(poisonLimit))) {
      for (const found of holds(step, claims, task)) {
        violations.push({ rule, subject: `step ${step.stepId}`, found, details: tellLife(step, task) });
      }
    }
  }
  return violations;
}
