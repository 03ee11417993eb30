import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { NotFoundError, TaskerError } from '../../core/errors.js';
import { UniqueIdentity } from '../../core/identity.js';
import { type ScheduleRecord } from '../../core/schedule.js';
import { DefinitionRegistry } from '../../definitions/definition-registry.js';
import { DEFAULT_TIME_ZONE } from '../../definitions/task-template.js';
import { type LockedSchedule, ScheduleStore } from '../../persistence/schedule-store.js';
import { type Actor, actorMetadata } from '../actor.js';
import { DefinitionCatalog } from '../definition-catalog.js';
import { type EngineOptions } from '../engine.options.js';
import { ENGINE_OPTIONS } from '../engine.tokens.js';
import { checkTaskRequest, toNewTask } from '../task-request.js';
import { type CreateOptions, type TaskHandle } from '../tasker.service.js';
import { firstOccurrence } from './occurrences.js';
import { checkScheduleRequest, type ScheduleRequest } from './schedule-request.js';
import { ScheduledTasks } from './scheduled-tasks.js';

/**
 * Schedules as an application and an operator see them: those that definitions declare, and those made here. Each moment
 * of a schedule gets one task, however many processes run. Every act is audited with who and why.
 */
@Injectable()
export class TaskerSchedules {
  constructor(
    private readonly store: ScheduleStore,
    private readonly tasks: ScheduledTasks,
    private readonly registry: DefinitionRegistry,
    private readonly catalog: DefinitionCatalog,
    @Inject(ENGINE_OPTIONS) private readonly options: Pick<EngineOptions, 'execution'>,
  ) {}

  /** All schedules, by name. */
  async list(): Promise<ScheduleRecord[]> {
    return this.store.list();
  }

  /** @throws NotFoundError `SCHEDULE_NOT_FOUND` */
  async get(name: string): Promise<ScheduleRecord> {
    const [schedule] = await this.store.list([name]);
    return schedule ?? notFound(name);
  }

  /**
   * Makes a schedule at run time.
   * @throws ValidationError naming every field that does not fit, those of the task's context included
   * @throws TaskerError `DUPLICATE_SCHEDULE` when the name is taken
   */
  async create(request: ScheduleRequest, options: CreateOptions & Actor = {}): Promise<ScheduleRecord> {
    checkScheduleRequest(request);
    const actor = actorMetadata(options);
    const { name, task, cron = null, timeZone = DEFAULT_TIME_ZONE, runAt = null, missed = 'once' } = request;
    checkTaskRequest(task);
    const definition = this.registry.resolve(task.name, task);
    const definitionId = this.catalog.idOf(definition);
    const { maxContextBytes } = this.options.execution;
    // Its tasks are created when nobody looks: what they would be refused for is refused now.
    toNewTask(task, definition, definitionId, new UniqueIdentity(), { maxContextBytes, now: new Date() });
    const values = { definitionId, cron, timeZone, runAt, missed, isEnabled: true, request: withoutKey(task) };
    const work = async (manager: EntityManager): Promise<void> => {
      const now = await this.store.now(manager);
      const isNew = await this.store.insert(manager, name, false, {
        ...values,
        nextRunAt: firstOccurrence(values, now),
      });
      if (!isNew) {
        throw new TaskerError('DUPLICATE_SCHEDULE', `There is a schedule "${name}" already.`, {
          hint: 'Delete it first, or choose another name.',
          details: { name },
        });
      }
      await this.audit(manager, 'create', name, actor);
    };
    if (options.manager) {
      await work(options.manager);
      return (await this.store.lock(options.manager, name))!.schedule;
    }
    await this.store.transaction(work);
    return this.get(name);
  }

  /** Holds a schedule back. Moments that come meanwhile are not missed: they do not count. */
  async pause(name: string, actor: Actor = {}): Promise<ScheduleRecord> {
    return this.change(name, 'pause', actor, ({ schedule, now }) => ({ pausedAt: schedule.pausedAt ?? now }));
  }

  /** Lets it go on with its next moment. One that runs once, and whose moment has passed, runs at once. */
  async resume(name: string, actor: Actor = {}): Promise<ScheduleRecord> {
    return this.change(name, 'resume', actor, ({ schedule, now }) => ({
      pausedAt: null,
      ...(schedule.pausedAt && { nextRunAt: firstOccurrence(schedule, now) }),
    }));
  }

  /** Creates a task of it now, also while it is paused. Its moments stay as they are. */
  async runNow(name: string, actor: Actor = {}): Promise<TaskHandle> {
    const created = await this.store.transaction(async (manager) => {
      const { schedule, now } = (await this.store.lock(manager, name)) ?? notFound(name);
      await this.audit(manager, 'run', name, actor);
      return this.tasks.create(schedule, null, now, manager);
    });
    this.tasks.announce([created]);
    return created;
  }

  /** Forgets a schedule. One that a definition declares comes back when a process with it starts: pause that instead. */
  async delete(name: string, actor: Actor = {}): Promise<void> {
    await this.store.transaction(async (manager) => {
      const { schedule } = (await this.store.lock(manager, name)) ?? notFound(name);
      await this.store.remove(manager, schedule.scheduleId);
      await this.audit(manager, 'delete', name, actor);
    });
  }

  private async change(
    name: string,
    action: string,
    actor: Actor,
    decide: (locked: LockedSchedule) => Parameters<ScheduleStore['update']>[2],
  ): Promise<ScheduleRecord> {
    await this.store.transaction(async (manager) => {
      const locked = (await this.store.lock(manager, name)) ?? notFound(name);
      await this.store.update(manager, locked.schedule.scheduleId, decide(locked));
      await this.audit(manager, action, name, actor);
    });
    return this.get(name);
  }

  private async audit(manager: EntityManager, action: string, name: string, actor: Actor): Promise<void> {
    await this.store.audit(manager, action, name, actorMetadata(actor));
  }
}

/** What a task of the schedule is created with, without what says which workflow it is of. */
function withoutKey(task: ScheduleRequest['task']): Record<string, unknown> {
  const key = ['name', 'namespace', 'version'];
  return Object.fromEntries(Object.entries(task).filter(([field]) => !key.includes(field)));
}

function notFound(name: string): never {
  throw new NotFoundError('SCHEDULE_NOT_FOUND', `There is no schedule "${name}".`, { details: { name } });
}
