import { type Check } from './check.js';

/** A lease that has been over for so long was seen by nobody. */
const NEGLECTED = `interval '5 minutes'`;

/** What runs is held by a worker that lives, and by nothing else. */
export const CLAIM_CHECKS: readonly Check[] = [
  {
    code: 'claim-without-run',
    group: 'claims',
    subject: 'step',
    rule: 'what runs is claimed, with a lease, and nothing else is',
    meaning:
      'A step that runs without a lease is never taken back; a claim on one that does not run is never given up.',
    sql: `select workflow_step_id as id, task_id,
        state || case when claimed_by is null then ', unclaimed' else ', claimed by ' || claimed_by end
          || case when claim_expires_at is null then ', no lease' else ', lease until ' || claim_expires_at end as found,
        case when state = 'in_progress' then 'a claim and a lease' else 'neither' end as expected
      from $schema.tasker_workflow_steps
      where (state = 'in_progress') <> (claimed_by is not null)
         or (state = 'in_progress') <> (claim_expires_at is not null)`,
    repair: null,
    left: 'a constraint of the table that forbids this is gone: restore it, then put these rows right',
  },
  {
    code: 'lease-long-over',
    group: 'claims',
    subject: 'step',
    rule: 'a lease that is over is taken back',
    meaning: 'Their worker is gone, and no running worker takes its steps back: probably none runs.',
    sql: `select workflow_step_id as id, task_id, 'lease until ' || claim_expires_at as found,
        'taken back within seconds' as expected
      from $schema.tasker_workflow_steps
      where claim_expires_at < coalesce($1::timestamptz, clock_timestamp()) - ${NEGLECTED}`,
    repair: 'claims',
    left: 'a running worker is taking them back just now: look again',
    isAboutFleet: true,
  },
  {
    code: 'claim-of-stopped-worker',
    group: 'claims',
    subject: 'step',
    rule: 'a worker that has stopped holds nothing',
    meaning: 'Nobody works on these steps, and they run again only when their lease is over.',
    sql: `select s.workflow_step_id as id, s.task_id,
        'claimed by worker ' || w.worker_id || ', stopped at ' || w.stopped_at as found, 'handed back' as expected
      from $schema.tasker_workflow_steps s join $schema.tasker_workers w on w.worker_id = s.claimed_by
      where s.claim_expires_at is not null and w.stopped_at is not null`,
    repair: 'claims',
    left: 'the claim changed meanwhile: look again',
    isAboutFleet: true,
  },
  {
    code: 'claim-of-unknown-worker',
    group: 'claims',
    subject: 'step',
    rule: 'every claim is that of a known worker',
    meaning: 'Whoever holds these steps is not registered, so nobody can tell whether it is still at work.',
    sql: `select s.workflow_step_id as id, s.task_id, 'claimed by worker ' || s.claimed_by as found,
        'a registered worker' as expected
      from $schema.tasker_workflow_steps s left join $schema.tasker_workers w on w.worker_id = s.claimed_by
      where s.claim_expires_at is not null and s.claimed_by is not null and w.worker_id is null`,
    repair: 'claims',
    left: 'their lease is not over: whoever holds them may be at work. They come back when it is',
    isAboutFleet: true,
  },
];
