import pg from 'pg';
import { quantile, type Row } from './measure.js';

/** The least a durable step can cost: one client that commits one small row after the other, prepared. */
export async function bareCommits(url: string, commits = 1_000): Promise<Row> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('create table if not exists bare_commits (id bigint generated always as identity, note text)');
    const times: number[] = [];
    for (let i = 0; i < commits; i++) {
      const startedAt = performance.now();
      await client.query({ name: 'bare', text: 'insert into bare_commits (note) values ($1)', values: ['x'] });
      times.push(performance.now() - startedAt);
    }
    const total = times.reduce((sum, time) => sum + time, 0);
    return {
      workload: 'commit',
      subject: 'postgres-commit',
      driver: 'postgres',
      steps_per_s: Math.round((commits / total) * 1000),
      tasks_per_s: null,
      p50_ms: quantile(times, 0.5),
      p95_ms: quantile(times, 0.95),
    };
  } finally {
    await client.query('drop table if exists bare_commits');
    await client.end();
  }
}
