/** What a durable subscriber was told, held against the histories. */
import type pg from 'pg';
import { type Violation } from './life.js';

const MAX_NAMED = 10;

/** Deliveries in all, and how many of them were repetitions. */
export interface EventTally {
  readonly deliveries: number;
  readonly repeated: number;
}

const EXPECTED = `
  select h.id, h.task_id, 't' || h.task_id || '.' || h.sort_key as event_id from tasker_task_transitions h
  union all
  select h.id, s.task_id, 's' || h.workflow_step_id || '.' || h.sort_key
  from tasker_workflow_step_transitions h join tasker_workflow_steps s using (workflow_step_id)`;

const MISSING = `
  select e.event_id as subject, 'it was never delivered' as found
  from (${EXPECTED}) e left join chaos_events d on d.event_id = e.event_id where d.event_id is null`;

const STRANGE = `
  select distinct d.event_id as subject, 'nothing of the kind happened' as found
  from chaos_events d left join (${EXPECTED}) e on e.event_id = d.event_id where e.event_id is null`;

/** A frozen process may deliver once more, after another took over, and cannot know it; so one of them may be unmarked. */
const UNMARKED = `
  select event_id as subject, count(*) || ' deliveries of it were not marked as repetitions' as found
  from chaos_events where not redelivered group by event_id having count(*) > 1`;

const DISORDER = `
  select event_id as subject, 'of task ' || task_id || ': it was first delivered after ' || later as found
  from (
    select e.event_id, e.task_id, e.id, max(e.id) over w as newest, first_value(e.event_id) over w as later
    from (${EXPECTED}) e
    join (select event_id, min(delivery_id) as delivery_id from chaos_events group by event_id) d using (event_id)
    window w as (partition by e.task_id order by d.delivery_id rows between unbounded preceding and 1 preceding)
  ) x
  where x.id < x.newest`;

const RULES: Readonly<Record<string, string>> = {
  'a durable subscriber is told everything': MISSING,
  'a durable subscriber is told only what happened': STRANGE,
  'repetitions are marked': UNMARKED,
  'events of a task come in order': DISORDER,
};

export async function checkEvents(client: pg.Client): Promise<{ tally: EventTally; violations: Violation[] }> {
  const violations: Violation[] = [];
  for (const [rule, sql] of Object.entries(RULES)) {
    const { rows } = await client.query<{ subject: string; found: string }>(`${sql} limit ${MAX_NAMED}`);
    violations.push(...rows.map(({ subject, found }) => ({ rule, subject: `event ${subject}`, found })));
  }
  const { rows } = await client.query<{ deliveries: number; repeated: number }>(
    `select count(*)::integer as deliveries, (count(*) - count(distinct event_id))::integer as repeated from chaos_events`,
  );
  return { tally: rows[0]!, violations };
}
