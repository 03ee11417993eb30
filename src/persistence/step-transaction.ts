import { type EntityManager, type QueryRunner } from 'typeorm';
import { type PoolClient } from 'pg';
import { HostCommits } from './host-commits.js';
import { GIVE_UP_LOCKS, type TaskerDatabase } from './database.js';

/** Connections that transactional steps leave to everything else. */
const SPARE_CONNECTIONS = 3;

/**
 * Transactions for steps. The manager is sealed before the transaction ends: a handler that goes on after its time, or
 * did not wait for one of its writes, can change nothing any more. As many run at once as the pool can spare.
 */
export class StepTransactions {
  private readonly slots: number;
  private taken = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly db: TaskerDatabase) {
    this.slots = Math.max(1, db.poolSize - SPARE_CONNECTIONS);
  }

  /**
   * Runs `work` in a transaction that is committed when it resolves and rolled back when it rejects. `work` seals the
   * manager when the handler has ended, before it locks what other processes want.
   */
  async run<T>(work: (manager: EntityManager, seal: () => Promise<void>) => Promise<T>): Promise<T> {
    await this.enter();
    const runner = this.db.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as PoolClient;
      await runner.startTransaction();
      try {
        const result = await work(runner.manager, async () => {
          sealRunner(runner);
          // The handler may have taken its time; from here on the task's row is locked.
          await client.query(GIVE_UP_LOCKS);
        });
        await client.query('commit');
        return result;
      } catch (error) {
        sealRunner(runner);
        await client.query('rollback').catch(() => undefined);
        throw error;
      }
    } finally {
      HostCommits.of(this.db.dataSource).ended(runner);
      await runner.release().catch(() => undefined);
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.taken < this.slots) this.taken++;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.taken--;
  }
}

function sealRunner(runner: QueryRunner): void {
  runner.query = () => Promise.reject(new Error('The attempt has ended: its transaction can no longer be used.'));
}
