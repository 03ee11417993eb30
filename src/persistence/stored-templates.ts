import { type TaskTemplate } from '../definitions/task-template.js';
import { type TaskerDatabase } from './database.js';

/** Every definition that was ever stored, the oldest first. */
export async function storedTemplates(db: TaskerDatabase): Promise<TaskTemplate[]> {
  const rows = await db.rows<{ template: string }>(
    'select template from $schema.tasker_task_definitions order by definition_id',
  );
  return rows.map(({ template }) => JSON.parse(template) as TaskTemplate);
}

/** A durable subscriber, as it was last seen. */
export interface StoredSubscriber {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly owner: string | null;
  readonly isPaused: boolean;
}

export async function storedSubscribers(db: TaskerDatabase): Promise<StoredSubscriber[]> {
  const rows = await db.rows<Omit<StoredSubscriber, 'patterns'> & { patterns: string }>(
    `select s.name, s.patterns, case when s.lease_expires_at > clock_timestamp() then s.owner end as owner,
       s.paused_at is not null as "isPaused"
     from $schema.tasker_event_subscribers s order by s.name`,
  );
  return rows.map((row) => ({ ...row, patterns: JSON.parse(row.patterns) as string[] }));
}
