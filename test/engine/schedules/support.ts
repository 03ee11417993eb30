import { type ScheduleDefinition, type WorkflowDefinition } from 'nestjs-tasker';
import { type FakeClock } from 'nestjs-tasker/testing';
import { StandingDuties } from '../../../src/engine/maintenance/standing-duties.js';
import { ScheduleKeeper } from '../../../src/engine/schedules/schedule-keeper.js';
import { MOCK_HANDLERS } from '../../support/mock-handlers.js';
import { type TestApp } from '../../support/test-app.js';
import { type TestApps } from '../../support/use-test-apps.js';

/** A workflow of one step, with a schedule. */
export function scheduled(
  schedule: ScheduleDefinition | undefined,
  change: Partial<WorkflowDefinition> = {},
): WorkflowDefinition {
  return { name: 'report', version: '1.0.0', steps: [{ name: 'collect', handler: 'stub' }], schedule, ...change };
}

export interface ScheduleApps {
  /** An application that does nothing by itself: schedules are kept when the test says so. */
  start(clock: FakeClock, ...definitions: WorkflowDefinition[]): Promise<TestApp>;
  /** The moments that got a task, in their order; a task created by hand counts as well. */
  moments(): Promise<string[]>;
}

export function scheduleApps(test: TestApps): ScheduleApps {
  return {
    start: (clock, ...definitions) =>
      test.start({
        definitions,
        providers: MOCK_HANDLERS,
        clock,
        poolSize: 3,
        options: { worker: { autoStart: false } },
      }),
    moments: async () => {
      const rows = await test.sql<{ requested_at: Date }>('select requested_at from tasker_tasks order by 1');
      return rows.map(({ requested_at: moment }) => moment.toISOString().replace('.000Z', 'Z'));
    },
  };
}

export function keeperOf(app: TestApp): ScheduleKeeper {
  return app.get(StandingDuties).list.find((duty) => duty instanceof ScheduleKeeper)!;
}

/** One round of the keeper, as the clock of the process would start it. */
export function keep(app: TestApp): Promise<void> {
  return keeperOf(app).run(new AbortController().signal);
}
