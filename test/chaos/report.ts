/** What a run was and what it found, for a reader and for a machine. */
import { type Tally } from './check/tally.js';
import { type EventTally } from './check/events.js';
import { type Violation } from './check/life.js';
import { type Count } from './driver/count.js';

export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly workers: number;
  /** From the first task to the last check. */
  readonly durationMs: number;
  /** How long everything took to come to its end after the chaos. */
  readonly settledMs: number;
  /** Steps executed per second until everything had come to its end. */
  readonly throughput: number;
  /** Requests, by what their creator knows of them. */
  readonly requests: { readonly confirmed: number; readonly unknown: number; readonly undone: number };
  readonly rows: Tally;
  /** What the durable subscriber was told. */
  readonly events: EventTally;
  /** What was done to the processes and servers, and how often there was nobody to do it to. */
  readonly chaos: Count;
  /** What the operator did, with how it ended. */
  readonly operator: Count;
  /** Results that workers themselves know came too late, those of killed ones left out. */
  readonly fencedByWorkers: number;
  readonly violations: readonly Violation[];
}

export function toText(report: Report): string {
  const { seed, seconds, workers, rows, requests, chaos, operator, violations } = report;
  const { done, missed } = chaos.toJSON();
  const restarts = chaos.of('restart fast') + chaos.of('restart immediate');
  return [
    `chaos: seed ${seed}, ${seconds} s, ${workers} workers`,
    `  tasks        ${rows.tasks} (${list(rows.taskStates)})`,
    `  requests     ${list(requests)}`,
    `  steps        ${rows.steps} (${list(rows.stepStates)})`,
    `  attempts     ${rows.claims} claimed, ${rows.executions} executed, ${rows.timeouts} timed out`,
    `  kills        ${chaos.of('kill')} kill -9, ${chaos.of('terminate')} SIGTERM, ${chaos.of('start')} starts`,
    `  stops        ${chaos.of('freeze')} longer than the lease, ${chaos.of('nap')} shorter`,
    `  connections  ${chaos.of('connectionsCut')} cut at ${chaos.of('cut')} times`,
    `  PostgreSQL   ${restarts} restarts, ${chaos.of('restart immediate')} of them without a shutdown`,
    `  recovered    ${rows.recovered} claims of lost workers`,
    `  fenced       ${rows.fenced} executions that outlived their claim, ${report.fencedByWorkers} results refused`,
    `  handed back  ${rows.handedBack} claims`,
    `  effects      ${rows.effects} of transactional steps`,
    `  events       ${report.events.deliveries} deliveries to a durable subscriber, ${report.events.repeated} of them repetitions`,
    `  operator     ${list(operator.toJSON().done)}`,
    `  all acts     ${list(done)}${Object.keys(missed).length > 0 ? `; missed: ${list(missed)}` : ''}`,
    `  duration     ${sec(report.durationMs)}, ${sec(report.settledMs)} of it to come to rest`,
    `  throughput   ${report.throughput.toFixed(0)} steps/s`,
    `  violations   ${violations.length}`,
    ...violations.flatMap(tellViolation),
    ...(violations.length > 0 ? [`Run it again: npm run chaos -- --seed ${seed} --seconds ${seconds}`] : []),
  ].join('\n');
}

export function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

function tellViolation({ rule, subject, found, details = [] }: Violation): string[] {
  return [`  - ${rule}: ${subject}: ${found}`, ...details.map((line) => `      ${line}`)];
}

function list(counts: object): string {
  return Object.entries(counts)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

function sec(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
