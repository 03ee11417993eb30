import { type Engine } from '../../support/engine.js';
import { type Fault } from './plant.js';

function schedule(columns: string, values: string): Fault['plant'] {
  return async (engine: Engine) => {
    const { definitionId } = await engine.define([{}]);
    const [row] = await engine.rows<{ id: number }>(
      `insert into tasker_schedules (name, definition_id, declared, cron, ${columns})
       values ('default.report', $1, true, '0 3 * * *', ${values}) returning schedule_id as id`,
      [definitionId],
    );
    return row!.id;
  };
}

export const SCHEDULE_FAULTS: readonly Fault[] = [
  {
    code: 'schedule-without-moment',
    what: 'lost',
    plant: schedule('next_run_at', 'null'),
    fixed: false,
  },
  {
    code: 'schedule-neglected',
    what: 'for a year',
    plant: schedule('next_run_at', `'2030-01-01'`),
    fixed: false,
  },
  {
    code: 'schedule-failing',
    what: 'a context that is refused',
    plant: schedule('next_run_at, last_error', `'2040-01-01', 'context.kind is required'`),
    fixed: false,
  },
];
