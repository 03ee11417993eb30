/**
 * What events cost: the same work with nobody listening, with ten listeners, and beside listeners that throw, hang and
 * dawdle. The runs take turns, so that what else the machine does falls on all of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventHub, type Listener, TaskerWorker } from 'nestjs-tasker';
import { DataSource } from 'typeorm';
import { type BenchApp, startApp } from './app.js';
import { quantile, round, type Row } from './measure.js';
import { chain } from './shapes.js';

const ROUNDS = 5;
const WIDE = { tasks: 300, concurrency: 300, definition: chain(10) };
const LONE = { tasks: 10, definition: chain(50) };

const PATTERNS = ['task.*', 'step.*', 'task.completed', 'step.completed', 'step.failed', 'observability.**'];

/** Ten that count, as metrics would. */
function counting(): Listener[] {
  const counts = new Map<string, number>();
  return Array.from({ length: 10 }, (_, i) => ({
    name: `Counter${i}`,
    patterns: [PATTERNS[i % PATTERNS.length]!],
    call: ({ name }) => void counts.set(name, (counts.get(name) ?? 0) + 1),
  }));
}

/** As bad as they come; what they do to each other is their own affair. */
function unruly(): Listener[] {
  const throws = (): never => {
    throw new Error('no');
  };
  return [
    { name: 'Throws', patterns: ['**'], call: throws },
    { name: 'Rejects', patterns: ['**'], call: () => Promise.reject(new Error('no')) },
    { name: 'Hangs', patterns: ['**'], call: () => new Promise(() => undefined) },
    { name: 'Dawdles', patterns: ['**'], call: () => sleep(500) },
  ];
}

const SUBJECTS: Readonly<Record<string, () => Listener[]>> = {
  'nobody listens': () => [],
  '10 listeners': counting,
  'unruly listeners': unruly,
};

/** For each subject: throughput of many chains at once, and the p95 of a step of a chain alone. Medians of the rounds. */
export async function events(url: string): Promise<Row[]> {
  const definitions = [WIDE.definition, LONE.definition];
  const app = await startApp(url, definitions, { concurrency: WIDE.concurrency, autoStart: false });
  const rates = new Map<string, number[]>();
  const p95s = new Map<string, number[]>();
  const note = (to: Map<string, number[]>, subject: string, value: number): void => {
    to.set(subject, [...(to.get(subject) ?? []), value]);
  };
  try {
    await run(app, WIDE.definition.name, WIDE.tasks);
    for (let i = 0; i < ROUNDS; i++) {
      for (const [subject, listeners] of Object.entries(SUBJECTS)) {
        const remove = listeners().map((listener) => app.context.get(EventHub).add(listener));
        const { ms } = await run(app, WIDE.definition.name, WIDE.tasks);
        note(rates, subject, (WIDE.tasks * WIDE.definition.steps.length * 1000) / ms);
        const { steps } = await run(app, LONE.definition.name, LONE.tasks, true);
        note(p95s, subject, quantile(steps, 0.95));
        remove.forEach((take) => take());
      }
    }
  } finally {
    await app.close();
  }
  return Object.keys(SUBJECTS).map((subject) => ({
    workload: 'events',
    subject,
    driver: 'postgres',
    steps_per_s: Math.round(quantile(rates.get(subject)!, 0.5)),
    tasks_per_s: null,
    p50_ms: null,
    p95_ms: quantile(p95s.get(subject)!, 0.5),
    of_none: round(quantile(rates.get(subject)!, 0.5) / quantile(rates.get('nobody listens')!, 0.5)),
  }));
}

/** One after the other, or all at once; by the database's clock. */
async function run(
  { tasker, context }: BenchApp,
  name: string,
  tasks: number,
  alone = false,
): Promise<{ ms: number; steps: number[] }> {
  const worker = context.get(TaskerWorker);
  const request = { name, namespace: 'bench', version: '1.0.0', context: { order: 1, name: 'abc' } };
  const ids: number[] = [];
  if (alone) {
    await worker.start();
    for (let i = 0; i < tasks; i++) {
      const { taskId } = await tasker.createTask(request);
      await tasker.waitForTask(taskId, { timeoutMs: 300_000 });
      ids.push(taskId);
    }
  } else {
    await worker.stop();
    ids.push(...(await tasker.createTasks(Array.from({ length: tasks }, () => request))).map(({ taskId }) => taskId));
    await worker.start();
    for (const id of ids) await tasker.waitForTask(id, { timeoutMs: 300_000 });
  }
  const [times] = await context.get(DataSource).query<{ ms: number; steps: number[] }[]>(
    `select (select extract(epoch from max(finished_at) - min(started_at))::float8 * 1000 from tasker_tasks
             where task_id = any ($1)) as ms,
            (select array_agg(extract(epoch from processed_at - last_attempted_at)::float8 * 1000)
             from tasker_workflow_steps where task_id = any ($1)) as steps`,
    [ids],
  );
  return times!;
}
