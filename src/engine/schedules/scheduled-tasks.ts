import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { Clock } from '../../core/clock.js';
import { UniqueIdentity } from '../../core/identity.js';
import { type ScheduleRecord } from '../../core/schedule.js';
import { TaskerDatabase } from '../../persistence/database.js';
import { createTasks } from '../../persistence/sql/create-tasks.js';
import { DefinitionCatalog } from '../definition-catalog.js';
import { type EngineOptions } from '../engine.options.js';
import { CreationFeed } from '../events/creation-feed.js';
import { EngineSignals } from '../engine-signals.js';
import { ENGINE_OPTIONS } from '../engine.tokens.js';
import { type TaskRequest, toNewTask } from '../task-request.js';
import { type TaskHandle } from '../tasker.service.js';
import { Wakeup } from '../wakeup/wakeup.js';

/** At most so many characters are kept of why a task was created. */
const MAX_REASON = 128;

/** Creates the tasks of schedules, with the snapshot that a schedule points to: every process can do so. */
@Injectable()
export class ScheduledTasks {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
    private readonly catalog: DefinitionCatalog,
    private readonly wakeup: Wakeup,
    private readonly signals: EngineSignals,
    private readonly events: CreationFeed,
    @Inject(ENGINE_OPTIONS) private readonly options: Pick<EngineOptions, 'execution'>,
  ) {}

  /**
   * Within the transaction that moves the schedule on.
   * @param occurrence the moment it is for: one moment makes one task, whatever happens; null: it is for none
   * @throws ValidationError when the workflow does not take the schedule's context
   */
  async create(
    schedule: ScheduleRecord,
    occurrence: Date | null,
    now: Date,
    manager: EntityManager,
  ): Promise<TaskHandle> {
    const definition = await this.catalog.byDefinitionId(schedule.definitionId);
    const { namespace, name, version } = definition;
    const request: TaskRequest = {
      initiator: 'schedule',
      sourceSystem: 'tasker',
      reason: `schedule ${schedule.name}`.slice(0, MAX_REASON),
      requestedAt: occurrence ?? now,
      ...schedule.request,
      name,
      ...(occurrence && { idempotencyKey: `schedule ${schedule.name} ${occurrence.toISOString()}` }),
    };
    const task = toNewTask(request, definition, schedule.definitionId, new UniqueIdentity(), {
      maxContextBytes: this.options.execution.maxContextBytes,
      now,
    });
    const create = () => createTasks(this.db, this.clock, [task], manager);
    const [created] = await this.events.creating(create, manager);
    return { ...created!, namespace, name, version };
  }

  /** Tells whoever can run them; to be called after the commit. */
  announce(tasks: readonly TaskHandle[]): void {
    if (tasks.length === 0) return;
    this.signals.emit(
      'created',
      tasks.map(({ taskId }) => taskId),
    );
    this.wakeup.announce(tasks.map(({ namespace, taskId }) => ({ namespace, taskId, delayMs: 0 })));
  }
}
