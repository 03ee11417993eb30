import { Inject, Injectable } from '@nestjs/common';
import { EventOperatorStore } from '../../persistence/event-operator-store.js';
import { RetentionStore } from '../../persistence/retention-store.js';
import { WorkerStore } from '../../persistence/worker-store.js';
import { ScheduleStore } from '../../persistence/schedule-store.js';
import { type EngineOptions } from '../engine.options.js';
import { ENGINE_OPTIONS } from '../engine.tokens.js';
import { ScheduleKeeper } from '../schedules/schedule-keeper.js';
import { ScheduledTasks } from '../schedules/scheduled-tasks.js';
import { type Duty } from './duty.js';
import { Retention } from './retention.js';
import { WorkerSweeper } from './worker-sweeper.js';

/** What every worker process does beside running steps, whatever its worker is at just now. */
@Injectable()
export class StandingDuties {
  readonly list: readonly Duty[];

  constructor(
    workers: WorkerStore,
    retention: RetentionStore,
    events: EventOperatorStore,
    schedules: ScheduleStore,
    tasks: ScheduledTasks,
    @Inject(ENGINE_OPTIONS) options: EngineOptions,
  ) {
    this.list = [
      new WorkerSweeper(workers),
      new ScheduleKeeper(schedules, tasks),
      ...(options.retention ? [new Retention(retention, events, options.retention)] : []),
    ];
  }
}
