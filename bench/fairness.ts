import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { startApp } from './app.js';
import { quantile, type Row } from './measure.js';
import { fan, single } from './shapes.js';

const WIDTH = 100_000;
const SMALL_TASKS = 200;
const EVERY_MS = 5;

/**
 * How long a small task takes from its creation to its end: alone, and beside a task whose hundred thousand steps became
 * due before it. Twenty slots, so that the huge task alone would fill them for a long while.
 */
export async function fairness(url: string): Promise<Row[]> {
  const app = await startApp(url, [single, fan(WIDTH)], { concurrency: 20 });
  try {
    const alone = await waits('small-alone', app.context.get(DataSource), () =>
      app.tasker.createTask(request('single')),
    );
    await app.tasker.createTask(request(`fan_${WIDTH}`));
    await untilDue(app.context.get(DataSource));
    const beside = await waits('small-beside-huge', app.context.get(DataSource), () =>
      app.tasker.createTask(request('single')),
    );
    return [alone, beside];
  } finally {
    await app.close();
  }
}

/** When its first step is done, all that follow it are due, in the same commit. */
async function untilDue(dataSource: DataSource): Promise<void> {
  const due = `select from tasker_workflow_steps where ready_at is not null limit ${WIDTH / 2}`;
  while ((await dataSource.query<unknown[]>(due)).length < WIDTH / 2) await sleep(20);
}

function request(name: string) {
  return { name, namespace: 'bench', version: '1.0.0', context: { order: 1 } };
}

async function waits(
  workload: string,
  dataSource: DataSource,
  create: () => Promise<{ readonly taskId: number }>,
): Promise<Row> {
  const created: number[] = [];
  for (let i = 0; i < SMALL_TASKS; i++) {
    created.push((await create()).taskId);
    await sleep(EVERY_MS);
  }
  const sql = `select extract(epoch from finished_at - created_at)::float * 1000 as ms from tasker_tasks
               where task_id = any ($1) and finished_at is not null`;
  let rows: { ms: number }[] = [];
  while (rows.length < created.length) {
    rows = await dataSource.query<{ ms: number }[]>(sql, [created]);
    await sleep(20);
  }
  const times = rows.map((row) => row.ms);
  return {
    workload,
    subject: 'nestjs-tasker',
    driver: 'postgres',
    steps_per_s: null,
    tasks_per_s: null,
    p50_ms: quantile(times, 0.5),
    p95_ms: quantile(times, 0.95),
  };
}
