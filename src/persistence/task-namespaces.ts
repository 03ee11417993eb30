import { type TaskerDatabase } from './database.js';

/** The namespace of a task; undefined when there is none, or the id is none. */
export async function namespaceOfTask(db: TaskerDatabase, taskId: unknown): Promise<string | undefined> {
  const id = String(taskId);
  if (!/^[1-9]\d{0,15}$/.test(id)) return undefined;
  const [row] = await db.rows<{ name: string }>(
    `select n.name from $schema.tasker_tasks t
     join $schema.tasker_named_tasks nt on nt.named_task_id = t.named_task_id
     join $schema.tasker_task_namespaces n on n.task_namespace_id = nt.task_namespace_id
     where t.task_id = $1`,
    [id],
  );
  return row?.name;
}
