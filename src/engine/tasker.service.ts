import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { Clock } from '../core/clock.js';
import { NotFoundError, TaskerError, ValidationError } from '../core/errors.js';
import { type AnnotationRecord, type StepRecord, type TaskRecord, type TransitionRecord } from '../core/records.js';
import { storableJson } from '../core/storable-json.js';
import { DefinitionRegistry } from '../definitions/definition-registry.js';
import { TaskerDatabase } from '../persistence/database.js';
import { Notifications } from '../persistence/notifications.js';
import { createTasks } from '../persistence/sql/create-tasks.js';
import { listTasks, type TaskQuery } from '../persistence/task-list.js';
import { TaskStore } from '../persistence/task-store.js';
import { type Actor } from './actor.js';
import { DefinitionCatalog } from './definition-catalog.js';
import { type EngineOptions } from './engine.options.js';
import { EngineSignals } from './engine-signals.js';
import { ENGINE_OPTIONS } from './engine.tokens.js';
import { CreationFeed } from './events/creation-feed.js';
import { type ActionResult, StateMachineService } from './state-machine.service.js';
import { checkTaskQuery } from './task-query.js';
import { checkTaskRequest, type TaskRequest, toNewTask } from './task-request.js';
import { requireTexts } from './text-fields.js';
import { TaskWaiter } from './task-waiter.js';
import { Wakeup } from './wakeup/wakeup.js';

/** A task as its creator gets it. */
export interface TaskHandle {
  readonly taskId: number;
  /** False when an identical request had made it before. */
  readonly created: boolean;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/** A task with its steps, in the order of the definition, and its annotations. */
export interface TaskDetails extends TaskRecord {
  readonly steps: readonly StepRecord[];
  readonly annotations: readonly AnnotationRecord[];
}

export interface CreateOptions {
  /** Joins the caller's TypeORM transaction: the task exists when that commits, or never. */
  readonly manager?: EntityManager;
}

/** Tasks created by one statement at the most. */
const CREATE_BATCH = 500;
/** The column that keeps these names. */
const MAX_ANNOTATION_TYPE = 64;

/** What an application does with workflows: create, look, wait, operate. */
@Injectable()
export class TaskerService {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
    private readonly registry: DefinitionRegistry,
    private readonly catalog: DefinitionCatalog,
    private readonly tasks: TaskStore,
    private readonly machine: StateMachineService,
    private readonly waiter: TaskWaiter,
    private readonly wakeup: Wakeup,
    private readonly notifications: Notifications,
    private readonly signals: EngineSignals,
    private readonly events: CreationFeed,
    @Inject(ENGINE_OPTIONS) private readonly options: EngineOptions,
  ) {}

  /**
   * Creates a task; it starts as soon as a worker has room.
   * @throws NotFoundError `HANDLER_NOT_FOUND` for an unknown name or version
   * @throws ContextValidationError when the context does not fit the schema, with every field
   * @throws DuplicateTaskError when an identical request made one before (see `onDuplicate`)
   */
  async createTask(request: TaskRequest, options: CreateOptions = {}): Promise<TaskHandle> {
    return (await this.createTasks([request], options))[0]!;
  }

  /** Creates many tasks, all or none of each 500; within a caller's transaction, all or none. The order is kept. */
  async createTasks(requests: readonly TaskRequest[], { manager }: CreateOptions = {}): Promise<TaskHandle[]> {
    const now = this.clock.now();
    const prepared = requests.map((request) => {
      checkTaskRequest(request);
      const definition = this.registry.resolve(request.name, request);
      const { identity, execution } = this.options;
      const { maxContextBytes } = execution;
      const definitionId = this.catalog.idOf(definition);
      return { task: toNewTask(request, definition, definitionId, identity, { maxContextBytes, now }), definition };
    });
    const handles: TaskHandle[] = [];
    for (let start = 0; start < prepared.length; start += CREATE_BATCH) {
      const batch = prepared.slice(start, start + CREATE_BATCH);
      const tasks = batch.map(({ task }) => task);
      const created = await this.events.creating(() => createTasks(this.db, this.clock, tasks, manager), manager);
      batch.forEach(({ definition }, index) => {
        const outcome = created[index];
        if (!outcome) throw new TaskerError('NOT_CREATED', 'The database did not create the task.');
        const { namespace, name, version } = definition;
        handles.push({ ...outcome, namespace, name, version });
      });
      await this.announce(
        handles.slice(start).filter((task) => task.created),
        manager,
      );
    }
    return handles;
  }

  /** @throws NotFoundError `TASK_NOT_FOUND` */
  async getTask(taskId: number): Promise<TaskDetails> {
    checkId(taskId, 'taskId');
    // In one snapshot: a task must not be seen pending beside a step of it that runs.
    return this.db.snapshot(async (tx) => {
      const [task] = await this.tasks.tasks([taskId], tx);
      if (!task) throw new NotFoundError('TASK_NOT_FOUND', `There is no task ${taskId}.`);
      const steps = await this.tasks.steps([taskId], tx);
      return { ...task, steps, annotations: await this.tasks.annotations([taskId], tx) };
    });
  }

  /** Tasks that fit, without their steps. @throws ValidationError naming every field that cannot be meant */
  async listTasks(query: TaskQuery = {}): Promise<TaskRecord[]> {
    return listTasks(this.db, checkTaskQuery(query));
  }

  /** The steps of a task. @throws NotFoundError `TASK_NOT_FOUND` */
  async listSteps(taskId: number): Promise<StepRecord[]> {
    const steps = await this.tasks.steps([checkId(taskId, 'taskId')]);
    if (steps.length === 0) await this.getTask(taskId);
    return steps;
  }

  /** What happened to a task: its own moves, oldest first. */
  async taskHistory(taskId: number): Promise<TransitionRecord[]> {
    return this.tasks.taskHistory(checkId(taskId, 'taskId'));
  }

  /** What happened to a step: every move with attempt, worker, duration and error, oldest first. */
  async stepHistory(stepId: number): Promise<TransitionRecord[]> {
    return this.tasks.stepHistory(checkId(stepId, 'stepId'));
  }

  /**
   * Resolves when the task has reached a final state (complete, error, cancelled, resolved_manually), wherever it runs.
   * @throws WaitTimeoutError after `timeoutMs` (default 30 s); the task goes on
   */
  async waitForTask(
    taskId: number,
    { timeoutMs = 30_000, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<TaskDetails> {
    return this.waiter.wait(checkId(taskId, 'taskId'), timeoutMs, signal, () => this.getTask(taskId));
  }

  /** Keeps a piece of JSON with a task, under a kind of your own. */
  async annotate(taskId: number, type: string, annotation: unknown): Promise<AnnotationRecord> {
    requireTexts(MAX_ANNOTATION_TYPE, { type: type ?? '' });
    await this.getTask(taskId);
    return this.tasks.annotate(taskId, type, this.storable('annotation', annotation));
  }

  async cancelTask(taskId: number, actor?: Actor): Promise<ActionResult> {
    const result = await this.machine.cancelTask(checkId(taskId, 'taskId'), actor);
    this.signals.emit('cancelled', [taskId]);
    void this.notifications.send({ kind: 'cancelled', taskIds: [taskId] });
    return this.settled(result);
  }

  async cancelStep(stepId: number, actor?: Actor): Promise<ActionResult> {
    const result = await this.machine.cancelStep(checkId(stepId, 'stepId'), actor);
    this.signals.emit('changed', [result.taskId]);
    void this.notifications.send({ kind: 'changed', taskIds: [result.taskId] });
    return this.settled(result);
  }

  async retryTask(taskId: number, actor?: Actor & { readonly resetAttempts?: boolean }): Promise<ActionResult> {
    return this.settled(await this.machine.retryTask(checkId(taskId, 'taskId'), actor));
  }

  async retryStep(stepId: number, actor?: Actor & { readonly resetAttempts?: boolean }): Promise<ActionResult> {
    return this.settled(await this.machine.retryStep(checkId(stepId, 'stepId'), actor));
  }

  /** @param results what the step's dependents shall read */
  async resolveStep(stepId: number, results: unknown = {}, actor?: Actor): Promise<ActionResult> {
    const text = this.storable('results', results);
    return this.settled(await this.machine.resolveStep(checkId(stepId, 'stepId'), text, actor));
  }

  async skipStep(stepId: number, actor?: Actor): Promise<ActionResult> {
    return this.settled(await this.machine.skipStep(checkId(stepId, 'stepId'), actor));
  }

  async resolveTask(taskId: number, actor?: Actor): Promise<ActionResult> {
    return this.settled(await this.machine.resolveTask(checkId(taskId, 'taskId'), actor));
  }

  /** Holds a task back: no step of it starts until it is resumed. */
  async pauseTask(taskId: number, actor?: Actor): Promise<ActionResult> {
    return this.machine.pauseTask(checkId(taskId, 'taskId'), actor);
  }

  async resumeTask(taskId: number, actor?: Actor): Promise<ActionResult> {
    return this.settled(await this.machine.resumeTask(checkId(taskId, 'taskId'), actor));
  }

  private settled(result: ActionResult): ActionResult {
    const { taskId, namespace, before, after } = result;
    if (after === 'pending' || after === 'in_progress') {
      this.signals.emit('created', [taskId]);
      this.wakeup.announce([{ namespace, taskId, delayMs: 0 }]);
    } else if (before !== after)
      this.signals.emit('finished', [{ taskId, state: after, finishedAt: this.clock.now(), move: null }]);
    return result;
  }

  private async announce(tasks: readonly TaskHandle[], manager: EntityManager | undefined): Promise<void> {
    if (tasks.length === 0) return;
    // Told by the transaction itself, when it commits: only the database knows when that is.
    if (manager) return this.notifications.send({ kind: 'ready', taskIds: [] }, manager);
    this.signals.emit(
      'created',
      tasks.map(({ taskId }) => taskId),
    );
    this.wakeup.announce(tasks.map(({ namespace, taskId }) => ({ namespace, taskId, delayMs: 0 })));
  }

  private storable(path: string, value: unknown): string {
    const json = storableJson(value, this.options.execution.maxResultBytes);
    if ('text' in json) return json.text;
    throw new ValidationError(`The ${path} ${json.problem.message}.`, [
      { path, code: json.problem.code.toLowerCase(), message: json.problem.message },
    ]);
  }
}

function checkId(id: number, path: string): number {
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new ValidationError(`${path} ${String(id)} is not an id.`, [
    { path, code: 'type', message: 'must be a positive whole number up to 2^53 - 1' },
  ]);
}
