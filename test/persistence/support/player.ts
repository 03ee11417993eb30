/** Does the same to the database and to the model, and says where they part. */
import { isFinalTaskState, mayStepMove, mayTaskMove, type StepState } from '../../../src/core/states.js';
import { type Claimed, type Engine, LEASE_MS } from './engine.js';
import { Model, type ModelResult, type ModelStep, isClosed } from './model.js';
import { HANDLERS, type Operation, type TaskPlan } from './scenario.js';

/** Less than the attempts that a step may have, so that both limits are met. */
const POISON_LIMIT = 2;

export class Player {
  readonly model: Model;
  private readonly taskIds: number[] = [];
  private readonly stepIds = new Map<ModelStep, number>();
  private readonly lanes = new Map<string, number>();
  /** Results that were sent before; sent again they must change nothing. */
  private readonly sent: ModelResult[] = [];

  constructor(private readonly engine: Engine) {
    this.model = new Model(engine.now!.getTime());
  }

  async create(plan: TaskPlan): Promise<void> {
    const workflow = await this.engine.define(plan.shapes);
    plan.shapes.forEach((shape, position) => this.lanes.set(shape.handler!, workflow.lanes[position]!));
    const runAt = this.model.now + plan.delay * 1000;
    const bypass = plan.bypass.map((position) => `s${position}`);
    const options = { priority: plan.priority, bypass, run_at: new Date(runAt) };
    const id = await this.engine.create(workflow, options);
    this.model.create(plan.shapes, plan.priority, runAt, plan.bypass);
    const rows = await this.engine.steps(id);
    this.model.tasks.at(-1)!.steps.forEach((step, i) => this.stepIds.set(step, rows[i]!.workflow_step_id));
    this.taskIds.push(id);
  }

  async play(operation: Operation): Promise<void> {
    const { model, engine } = this;
    if (operation.kind === 'wait') model.now = engine.after(operation.seconds).getTime();
    else if (operation.kind === 'claim') await this.claim(operation);
    else if (operation.kind === 'advance') await this.advance(operation);
    else if (operation.kind === 'late') await this.late(operation.pick);
    else if (operation.kind === 'release') await this.release(operation);
    else if (operation.kind === 'lapse') await this.lapse(operation.seconds);
    else if (operation.kind === 'operate') await this.operate(operation.pick, operation.to);
    else await this.close(operation.pick, operation.to);
  }

  /** Both sides, in one shape. */
  async sides(): Promise<{ database: unknown; model: unknown }> {
    const rows = await this.engine.rows<Record<string, unknown> & { ready_at: Date | null }>(
      `select t.state as task, s.state, s.attempts, s.ready_at, s.claimed_by as worker
       from tasker_tasks t join tasker_workflow_steps s using (task_id) order by s.task_id, s.position`,
    );
    return {
      database: rows.map((row) => ({ ...row, ready_at: row.ready_at?.getTime() ?? null })),
      model: this.model.steps.map(({ task, state, attempts, readyAt, worker }) => {
        return { task: task.state, state, attempts, ready_at: readyAt, worker };
      }),
    };
  }

  private async claim({ worker, limit, handlers }: Operation & { kind: 'claim' }): Promise<void> {
    const due = this.model.due(handlers);
    const claims = await this.engine.claim({ worker, limit, lanes: this.lanesOf(handlers) });
    const taken = claims.map((claim) => this.stepOf(claim));
    const ranks = (steps: ModelStep[]) => steps.map((step) => `${step.task.priority} ${step.readyAt}`).sort();
    expect(ranks(taken)).toEqual(ranks(due.slice(0, limit)));
    expect(taken.every((step) => due.includes(step))).toBe(true);
    for (const step of taken) this.model.claim(step, worker);
    expect(claims.map((claim) => claim.attempt)).toEqual(taken.map((step) => step.attempts));
  }

  private async advance(operation: Operation & { kind: 'advance' }): Promise<void> {
    const { worker, outcomes, delayMs } = operation;
    const results = this.heldBy(worker, outcomes.length).map((step, i) => {
      return { step, worker, attempt: step.attempts, outcome: outcomes[i]!, delayMs };
    });
    this.sent.push(...results);
    await this.send(results, operation);
  }

  private async late(pick: number): Promise<void> {
    // Most telling are those whose step the same worker holds again.
    const again = this.sent.filter(({ step, worker }) => step.state === 'in_progress' && step.worker === worker);
    const pool = again.length > 0 ? again : this.sent;
    if (pool.length === 0) return;
    const result = pool[pick % pool.length]!;
    const before = (await this.sides()).database;
    const { step } = result;
    const holds = step.state === 'in_progress' && step.worker === result.worker && step.attempts === result.attempt;
    await this.send([result], { worker: result.worker, capacity: 0, handlers: HANDLERS });
    if (!holds) expect((await this.sides()).database).toEqual(before);
  }

  private async send(
    results: readonly ModelResult[],
    { worker, capacity, handlers }: { worker: number; capacity: number; handlers: readonly string[] },
  ): Promise<void> {
    const rows = await this.engine.advance(
      results.map(({ step, attempt, outcome, delayMs }) => {
        return [
          { ...this.rowOf(step), attempt },
          { outcome, delay_ms: delayMs },
        ] as const;
      }),
      { worker, capacity, lanes: this.lanesOf(handlers) },
    );
    const open = new Set(this.model.tasks.filter((task) => !isFinalTaskState(task.state)));
    const taken = this.model.advance(results, worker, capacity, handlers);
    const ids = (kind: string) => rows.flatMap((row) => (row.kind === kind ? [row.workflow_step_id] : [])).sort();
    expect(ids('claimed')).toEqual(taken.map((step) => this.stepIds.get(step)).sort());
    const ended = this.model.tasks.flatMap((task, i) =>
      open.has(task) && isFinalTaskState(task.state) ? [`${this.taskIds[i]} ${task.state}`] : [],
    );
    const told = rows.flatMap((row) => (row.kind === 'task' ? [`${row.task_id} ${row.state}`] : []));
    expect(told.sort()).toEqual(ended.sort());
  }

  private async release({ worker, count }: Operation & { kind: 'release' }): Promise<void> {
    const held = this.heldBy(worker, count);
    const claims = held.map((step) => ({ ...this.rowOf(step), attempt: step.attempts }));
    expect(await this.engine.release(claims, worker)).toHaveLength(held.length);
    for (const step of held) this.model.release(step);
  }

  private async lapse(seconds: number): Promise<void> {
    this.model.now = this.engine.after(seconds).getTime();
    const reaped = 'select * from tasker_reap(100, $1, $2)';
    const rows = await this.engine.rows<{ kind: string }>(reaped, [POISON_LIMIT, this.engine.now]);
    const taken = rows.filter(({ kind }) => kind === 'applied');
    expect(taken).toHaveLength(this.model.reap(LEASE_MS, POISON_LIMIT));
  }

  private async operate(pick: number, to: StepState): Promise<void> {
    const step = this.model.steps[pick % this.model.steps.length]!;
    const allowed = mayStepMove(step.state, to) && !(to === 'pending' && step.state !== 'error');
    if (!allowed || isClosed(step.task)) return;
    const id = this.taskIds[this.model.tasks.indexOf(step.task)]!;
    this.model.operate(step, to);
    expect(await this.engine.operate(id, [step.position], to)).toBe(step.task.state);
  }

  private async close(pick: number, to: 'cancelled' | 'resolved_manually'): Promise<void> {
    const index = pick % this.model.tasks.length;
    const task = this.model.tasks[index]!;
    if (!mayTaskMove(task.state, to)) return;
    const open = task.steps.filter((step) => to === 'cancelled' && mayStepMove(step.state, 'cancelled'));
    const positions = open.map((step) => step.position);
    this.model.close(task, to);
    expect(await this.engine.operate(this.taskIds[index]!, positions, 'cancelled', to)).toBe(to);
  }

  private heldBy(worker: number, count: number): ModelStep[] {
    return this.model.steps.filter((step) => step.state === 'in_progress' && step.worker === worker).slice(0, count);
  }

  private lanesOf(handlers: readonly string[]): number[] {
    return handlers.flatMap((handler) => this.lanes.get(handler) ?? []);
  }

  private rowOf(step: ModelStep): Omit<Claimed, 'attempt'> {
    const task_id = this.taskIds[this.model.tasks.indexOf(step.task)]!;
    return { task_id, workflow_step_id: this.stepIds.get(step)!, position: step.position };
  }

  private stepOf(claim: Claimed): ModelStep {
    return this.model.tasks[this.taskIds.indexOf(claim.task_id)]!.steps[claim.position]!;
  }
}
