import { type DataSource, type EntityManager, type EntitySubscriberInterface, type QueryRunner } from 'typeorm';

type Listener = () => void;

const known = new WeakMap<DataSource, HostCommits>();

/**
 * Tells when a transaction that somebody else began has ended. TypeORM says so to subscribers of the DataSource; whether
 * it was committed, or how much of it, is for the listener to look up.
 */
export class HostCommits {
  private readonly listeners = new WeakMap<QueryRunner, Listener[]>();

  private constructor(dataSource: DataSource) {
    const ended = ({ queryRunner }: { queryRunner: QueryRunner }): void => {
      // A savepoint that ends is not the end.
      if (!queryRunner.isTransactionActive) this.ended(queryRunner);
    };
    const subscriber: EntitySubscriberInterface = { afterTransactionCommit: ended, afterTransactionRollback: ended };
    dataSource.subscribers.push(subscriber);
  }

  static of(dataSource: DataSource): HostCommits {
    let found = known.get(dataSource);
    if (!found) known.set(dataSource, (found = new HostCommits(dataSource)));
    return found;
  }

  /** Calls the listener once, when the manager's transaction has ended. */
  onEnd(manager: EntityManager, listener: Listener): void {
    const runner = manager.queryRunner;
    if (!runner) return listener();
    const listeners = this.listeners.get(runner);
    if (listeners) listeners.push(listener);
    else this.listeners.set(runner, [listener]);
  }

  /** For a transaction that was ended without TypeORM's knowing. */
  ended(runner: QueryRunner): void {
    const listeners = this.listeners.get(runner);
    this.listeners.delete(runner);
    listeners?.forEach((listener) => listener());
  }
}
