import { type BenchApp, startApp } from './app.js';
import { type WorkflowDefinition } from 'nestjs-tasker';
import { TaskerWorker } from 'nestjs-tasker';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';

/** One line of the table and of the JSON file. */
export interface Row {
  readonly workload: string;
  readonly subject: string;
  readonly driver: string;
  readonly steps_per_s: number | null;
  readonly tasks_per_s: number | null;
  /** Of a task from its start to its end, or of a commit; milliseconds. */
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  /** Milliseconds per step of one chain alone. */
  readonly ms_per_step?: number;
  /** Throughput as a part of that with nobody listening. */
  readonly of_none?: number;
}

export interface Workload {
  readonly name: string;
  readonly definition: WorkflowDefinition;
  readonly tasks: number;
  readonly concurrency: number;
}

/** Creates the tasks, then lets one worker run them all; creation is not part of the time. */
export async function measure(workload: Workload, url: string): Promise<Row> {
  const app = await startApp(url, [workload.definition], { concurrency: workload.concurrency, autoStart: false });
  try {
    const { name, namespace } = workload.definition;
    const request = { name, namespace, version: '1.0.0', context: { order: 1, name: 'abc' } };
    const created = await app.tasker.createTasks(Array.from({ length: workload.tasks }, () => request));
    await app.context.get(TaskerWorker).start();
    const ids = created.map(({ taskId }) => taskId);
    await app.tasker.waitForTask(ids.at(-1)!, { timeoutMs: 300_000 });
    const { ms, times } = await databaseTimes(app, ids);
    const steps = workload.tasks * workload.definition.steps.length;
    return {
      workload: workload.name,
      subject: 'nestjs-tasker',
      driver: 'postgres',
      steps_per_s: Math.round((steps / ms) * 1000),
      tasks_per_s: Math.round((workload.tasks / ms) * 1000),
      p50_ms: quantile(times, 0.5),
      p95_ms: quantile(times, 0.95),
      ...(workload.tasks === 1 ? { ms_per_step: round(ms / steps) } : {}),
    };
  } finally {
    await app.close();
  }
}

/** By the database's own clock: from the first start to the last end, and how long each task took. */
async function databaseTimes(app: BenchApp, ids: readonly number[]): Promise<{ ms: number; times: number[] }> {
  const dataSource = app.context.get(DataSource);
  for (;;) {
    const rows = await dataSource.query<{ started: Date; finished: Date | null }[]>(
      'select started_at as started, finished_at as finished from tasker_tasks where task_id = any ($1)',
      [ids],
    );
    if (rows.every((row) => row.finished !== null)) {
      const starts = rows.map((row) => row.started.getTime());
      const ends = rows.map((row) => row.finished!.getTime());
      return {
        ms: ends.reduce((a, b) => Math.max(a, b)) - starts.reduce((a, b) => Math.min(a, b)),
        times: ends.map((end, i) => end - starts[i]!),
      };
    }
    await sleep(20);
  }
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
