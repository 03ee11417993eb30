import { type TaskerDatabase } from '../database.js';
import { type PublishedEvent } from './advance.js';

const SQL = `insert into $schema.tasker_events (event_id, name, task_id, workflow_step_id, attempt, payload, created_at)
  values ($1, $2, $3, $4, $5, $6, coalesce($7::timestamptz, clock_timestamp())) returning created_at as at`;

/** Stores an event on its own, about a step or about nothing. Returns its instant. */
export async function publishEvent(
  db: TaskerDatabase,
  { id, name, payloadText }: PublishedEvent,
  about: { readonly taskId: number; readonly stepId: number; readonly attempt: number } | null,
  now: Date | null,
): Promise<Date> {
  const values = [id, name, about?.taskId ?? null, about?.stepId ?? null, about?.attempt ?? null, payloadText, now];
  const [row] = await db.rows<{ at: Date }>(SQL, values);
  return row!.at;
}
