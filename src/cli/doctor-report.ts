import { type Examination, type Repaired } from '../engine/doctor.service.js';
import { type Check, type CheckGroup } from '../persistence/doctor/check.js';
import { type Finding, type Problem } from '../persistence/doctor/examine.js';

export interface DoctorReport {
  readonly schema: string;
  readonly result: Examination | Repaired;
}

const HEADINGS: Readonly<Record<CheckGroup, string>> = {
  readiness: 'When steps run',
  counters: 'What is counted',
  states: 'Where tasks stand',
  claims: 'Who runs what',
  history: 'What has happened',
  structure: 'What belongs together',
  schedules: 'What comes by the clock',
};

/** The report as an operator reads it. */
export function doctorText({ schema, result }: DoctorReport): string {
  const { tasks, steps, problems } = result;
  const looked = `${count(tasks, 'task')} with ${count(steps, 'step')} in schema "${schema}"`;
  const lines: string[] = [];
  if ('fixed' in result) lines.push(...fixedLines(result));
  if (problems.length === 0) return [...lines, `All is well: ${looked}.`].join('\n');
  const rows = problems.reduce((sum, { total }) => sum + total, 0);
  lines.push(`${count(rows, 'row')} of ${looked} ${rows === 1 ? 'is' : 'are'} not as they must be:`);
  for (const group of Object.keys(HEADINGS) as CheckGroup[]) {
    const own = problems.filter(({ check }) => check.group === group);
    if (own.length > 0) lines.push('', HEADINGS[group], ...own.flatMap(problemLines));
  }
  if (!('fixed' in result) && problems.some(({ check }) => check.repair)) {
    lines.push('', 'Repair what can be repaired without guessing with: tasker doctor --fix');
  }
  return lines.join('\n');
}

/** The report as programs read it. */
export function doctorJson({ schema, result }: DoctorReport): unknown {
  const { tasks, steps, problems } = result;
  return {
    clean: problems.length === 0,
    schema,
    tasks,
    steps,
    problems: problems.map((problem) => ({
      ...describe(problem.check),
      meaning: problem.check.meaning,
      repairable: problem.check.repair !== null,
      ...('left' in problem ? { left: problem.left } : {}),
      total: problem.total,
      findings: problem.findings,
    })),
    ...('fixed' in result
      ? {
          fixed: result.fixed.map(({ check, total, findings }) => ({ ...describe(check), total, findings })),
          failures: [...result.failures].map(([taskId, message]) => ({ taskId, message })),
        }
      : {}),
  };
}

function describe({ code, group, subject, rule }: Check) {
  return { code, group, subject, rule };
}

function fixedLines({ fixed, failures }: Repaired): string[] {
  const lines = fixed.flatMap(({ check, total, findings }) => [
    `  ${count(total, check.subject)}: ${check.rule} (${check.code})`,
    `      ${ids(check, findings)}${findings.length < total ? ', …' : ''}`,
  ]);
  const failed = [...failures].map(([taskId, message]) => `  task ${taskId}: ${message}`);
  return [
    ...(lines.length > 0 ? ['Repaired:', ...lines, ''] : []),
    ...(failed.length > 0 ? ['Could not repair:', ...failed, ''] : []),
  ];
}

function problemLines(problem: Problem & { readonly left?: string }): string[] {
  const { check, total, findings, left } = problem;
  const more = total - findings.length;
  return [
    `  ${count(total, check.subject)}: it must hold that ${check.rule} (${check.code})`,
    `    ${check.meaning}`,
    ...findings.map((finding) => `      ${where(check, finding)}: is ${finding.found}; must be ${finding.expected}`),
    ...(more > 0 ? [`      and ${more} more`] : []),
    ...(left === undefined ? [] : [`    left as it is: ${left}`]),
  ];
}

function where({ subject }: Check, { id, taskId }: Finding): string {
  return subject === 'step' && taskId !== null ? `step ${id} of task ${taskId}` : `${subject} ${id}`;
}

function ids(check: Check, findings: readonly Finding[]): string {
  return findings.map((finding) => where(check, finding)).join(', ');
}

function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${n === 1 ? noun : `${noun}s`}`;
}
