/** Creates tasks all the time, as many as the workers keep up with: alone, in batches, within a caller's transaction. */
import { setTimeout as delay } from 'node:timers/promises';
import { type TaskRequest, type TaskerService, type WorkflowDefinition } from 'nestjs-tasker';
import { type DataSource } from 'typeorm';
import { type CreatorMessage } from '../messages.js';
import { Random } from '../random.js';

const PAUSE_MS = 40;
/** Steps that are due and wait for a worker; with more, nothing is created. */
const MAX_DUE = 150;

export class Creation {
  private number = 0;
  private stopped = false;
  private readonly random: Random;

  constructor(
    private readonly tasker: TaskerService,
    private readonly dataSource: DataSource,
    private readonly definitions: readonly WorkflowDefinition[],
    private readonly tell: (message: CreatorMessage) => void,
    seed: number,
  ) {
    this.random = new Random('creation', seed);
  }

  stop(): void {
    this.stopped = true;
  }

  /** Until it is stopped. */
  async run(): Promise<void> {
    while (!this.stopped) {
      if (await this.mayCreate()) await this.createSome();
      await delay(PAUSE_MS);
    }
  }

  private async createSome(): Promise<void> {
    const requests = Array.from(
      { length: this.random.weighted({ '1': 4, '5': 2, '20': 1 }) as unknown as number },
      () => this.request(),
    );
    const numbers = requests.map(({ context }) => (context as { n: number }).n);
    const way = this.random.weighted({ alone: 10, joined: 1, undone: 1 });
    try {
      if (way === 'undone') {
        await this.undone(requests);
        this.tell({ kind: 'undone', numbers });
        return;
      }
      const handles =
        way === 'alone'
          ? await this.tasker.createTasks(requests)
          : await this.dataSource.transaction((manager) => this.tasker.createTasks(requests, { manager }));
      this.tell({ kind: 'created', numbers, ids: handles.map(({ taskId }) => taskId) });
    } catch {
      this.tell({ kind: way === 'undone' ? 'undone' : 'unknown', numbers });
    }
  }

  private async undone(requests: readonly TaskRequest[]): Promise<void> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      await this.tasker.createTasks(requests, { manager: runner.manager });
      await runner.rollbackTransaction();
    } finally {
      await runner.release();
    }
  }

  private request(): TaskRequest {
    const definition = this.random.pick(this.definitions);
    const bypassed = this.random.chance(0.05) ? definition.steps.find(({ skippable }) => skippable)?.name : undefined;
    return {
      name: definition.name,
      namespace: definition.namespace,
      context: { n: ++this.number },
      priority: this.random.between(0, 2),
      ...(bypassed !== undefined && { bypassSteps: [bypassed] }),
      ...(this.random.chance(0.1) && { runAt: new Date(Date.now() + this.random.between(0, 1500)) }),
    };
  }

  private async mayCreate(): Promise<boolean> {
    try {
      const [row] = await this.dataSource.query<{ due: number }[]>(
        'select count(*)::integer as due from tasker_workflow_steps where ready_at <= clock_timestamp()',
      );
      return row!.due < MAX_DUE;
    } catch {
      return false;
    }
  }
}
