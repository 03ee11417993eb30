/** An operator without a plan: takes some task or step and does something to it, sensible or not. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ControlService, type StepRecord, TaskerError, type TaskerService } from 'nestjs-tasker';
import { type ActionEnd } from '../messages.js';
import { NAMESPACES } from '../workflows.js';

/** Actions are done to one of the newest tasks: the old ones are at rest. */
const NEWEST = 60;

export class Operator {
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly tasker: TaskerService,
    private readonly controls: ControlService,
    private readonly report: (action: string, end: ActionEnd) => void,
  ) {}

  /** @param pick in [0, 1): whom it hits; also decides the variants */
  operate(action: string, pick: number, ms: number): void {
    const work = this.perform(action, pick, ms).finally(() => this.pending.delete(work));
    this.pending.add(work);
  }

  /** Resolves when all that was begun has ended. */
  async atRest(): Promise<void> {
    await Promise.all(this.pending);
  }

  private async perform(action: string, pick: number, ms: number): Promise<void> {
    if (action === 'pauseNamespace') return this.pauseNamespace(pick, ms);
    if (action === 'pauseTask') return this.pauseTask(pick, ms);
    await this.attempt(action, async () => {
      const actor = { by: 'chaos', reason: action };
      // One in three starts to count anew.
      const resetAttempts = Math.floor(pick * 1000) % 3 === 0;
      if (action === 'cancelTask') return this.tasker.cancelTask(await this.task(pick), actor);
      if (action === 'retryTask')
        return this.tasker.retryTask(await this.task(pick, true), { ...actor, resetAttempts });
      if (action === 'resolveTask') return this.tasker.resolveTask(await this.task(pick, true), actor);
      if (action === 'cancelStep') return this.tasker.cancelStep((await this.step(pick)).stepId, actor);
      if (action === 'skipStep') return this.tasker.skipStep((await this.step(pick)).stepId, actor);
      const { stepId } = await this.step(pick, true);
      if (action === 'retryStep') return this.tasker.retryStep(stepId, { ...actor, resetAttempts });
      return this.tasker.resolveStep(stepId, { resolved: true }, actor);
    });
  }

  /** Some of the tasks stay paused, to see that they do. */
  private async pauseTask(pick: number, ms: number): Promise<void> {
    let taskId: number | undefined;
    await this.attempt('pauseTask', async () => {
      taskId = await this.task(pick);
      await this.tasker.pauseTask(taskId, { by: 'chaos' });
    });
    if (taskId === undefined || Math.floor(pick * 1000) % 4 === 0) return;
    await delay(ms);
    await this.attempt('resumeTask', () => this.tasker.resumeTask(taskId!, { by: 'chaos' }));
  }

  private async pauseNamespace(pick: number, ms: number): Promise<void> {
    const namespace = NAMESPACES[Math.floor(pick * NAMESPACES.length)]!;
    await this.attempt('pauseNamespace', () => this.controls.pauseNamespace(namespace, { by: 'chaos' }));
    await delay(ms);
    // It must not stay so: whoever gets no answer asks again.
    while ((await this.attempt('resumeNamespace', () => this.controls.resumeNamespace(namespace))) !== 'done') {
      await delay(200);
    }
  }

  private async attempt(action: string, work: () => Promise<unknown>): Promise<ActionEnd> {
    let end: ActionEnd = 'done';
    try {
      await work();
    } catch (error) {
      end = error instanceof TaskerError ? 'refused' : 'unknown';
    }
    this.report(action, end);
    return end;
  }

  private async task(pick: number, failed = false): Promise<number> {
    const tasks = await this.tasker.listTasks({
      limit: NEWEST,
      sortOrder: 'desc',
      ...(failed && { states: ['error'] }),
    });
    const task = tasks[Math.floor(pick * tasks.length)];
    if (!task) throw new TaskerError('NOTHING_THERE', 'There is no such task.');
    return task.taskId;
  }

  private async step(pick: number, failed = false): Promise<StepRecord> {
    const steps = await this.tasker.listSteps(await this.task(pick, failed));
    const fitting = failed ? steps.filter(({ state }) => state === 'error') : steps;
    const step = fitting[Math.floor(pick * 7919) % fitting.length];
    if (!step) throw new TaskerError('NOTHING_THERE', 'There is no such step.');
    return step;
  }
}
