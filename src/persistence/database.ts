import { type DataSource, type EntityManager } from 'typeorm';
import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import pg from 'pg';
import { ConfigurationError, TaskerError } from '../core/errors.js';
import { retryConflicts } from './conflicts.js';
import { guardConnections } from './guard-connections.js';

/** Something statements can be sent to: the pool, or one connection inside a transaction. */
export interface Queryable {
  /** Runs one statement. `$schema` in the text stands for the schema of the tables. */
  rows<T>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

/**
 * A process that is stopped, not killed, in the middle of a transaction would keep its locks as long as it likes. The
 * server ends the transaction of one that has said nothing for this long.
 */
export const GIVE_UP_LOCKS = `set local idle_in_transaction_session_timeout = '10s'`;

/** What is used of a `pg` client; said here, so that our published types need none of its own. */
export interface DedicatedClient {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'error' | 'end', listener: () => void): unknown;
  on(event: 'notification', listener: (message: { payload?: string }) => void): unknown;
  removeAllListeners(): unknown;
}

/**
 * The one door to PostgreSQL. Every statement of the library passes here, on the connections of the host's (or our own)
 * TypeORM `DataSource`, with bigints read as numbers and JSON columns left as text (see {@link TYPES}).
 */
export class TaskerDatabase implements Queryable {
  private readonly texts = new Map<string, string>();

  constructor(
    readonly dataSource: DataSource,
    readonly schema: string,
  ) {
    guardConnections(this.pool);
  }

  /** Sends one statement through the pool; conflicts with concurrent transactions are retried here, invisibly. */
  async rows<T>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    return retryConflicts(() => this.send<T>(this.pool, text, values));
  }

  /** Sends one statement inside the caller's TypeORM transaction. */
  async rowsWithin<T>(manager: EntityManager, text: string, values: readonly unknown[] = []): Promise<T[]> {
    const runner = manager.queryRunner;
    if (!runner?.isTransactionActive) {
      throw new TaskerError('NO_TRANSACTION', 'The manager passed has no open transaction.', {
        hint: 'Pass the manager that dataSource.transaction(async (manager) => …) gives you.',
      });
    }
    const client = (await runner.connect()) as PoolClient;
    return this.send<T>(client, text, values);
  }

  /** Runs `work` in one transaction of its own; the whole is run again when it conflicts with another. */
  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.begin('begin', work);
  }

  /** Lets several reads see one and the same moment. */
  async snapshot<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.begin('begin isolation level repeatable read read only', work);
  }

  private async begin<T>(begin: string, work: (tx: Queryable) => Promise<T>): Promise<T> {
    return retryConflicts(async () => {
      const client = await this.pool.connect();
      let broken: Error | undefined;
      try {
        await client.query(`${begin}; ${GIVE_UP_LOCKS}`);
        const result = await work({ rows: (text, values = []) => this.send(client, text, values) });
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((lost: Error) => (broken = lost));
        throw error;
      } finally {
        client.release(broken);
      }
    });
  }

  /** Connections the pool may open. */
  get poolSize(): number {
    return this.pool.options.max;
  }

  /** A connection of its own, outside the pool, for LISTEN. Not yet connected. */
  dedicatedClient(): DedicatedClient {
    return new pg.Client(this.pool.options);
  }

  private get pool(): Pool {
    return poolOf(this.dataSource);
  }

  private async send<T>(on: Pool | PoolClient, text: string, values: readonly unknown[]): Promise<T[]> {
    let qualified = this.texts.get(text);
    if (qualified === undefined) {
      qualified = text.replaceAll('$schema', quoteName(this.schema));
      this.texts.set(text, qualified);
    }
    const config: QueryConfig = { text: qualified, values: values as unknown[], types: TYPES };
    const result = (await on.query(config)) as QueryResult & { rows: T[] };
    return result.rows;
  }
}

/**
 * How values arrive. `int8` becomes a number and is refused beyond 2^53, where a number would lie. `json` and `jsonb`
 * stay text: they are parsed where they are read, so that no two readers share an object.
 */
const TYPES = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
    if (oid === 20) return safeInteger;
    if (oid === 1016) return (value) => (value === '{}' ? [] : value.slice(1, -1).split(',').map(safeInteger));
    if (oid === 114 || oid === 3802) return (value) => value;
    return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
  },
};

/** Reads an id of the database. @throws TaskerError `ID_OUT_OF_RANGE` beyond 2^53 − 1 */
export function safeInteger(value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new TaskerError(
    'ID_OUT_OF_RANGE',
    `The database holds ${value}, more than a number can say exactly (2^53 − 1).`,
  );
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function poolOf(dataSource: DataSource): Pool {
  const driver = dataSource.driver as { master?: Pool };
  if (dataSource.options.type !== 'postgres' || driver.master === undefined) {
    throw new ConfigurationError(
      `TaskerModule needs a PostgreSQL DataSource; this one is of type "${dataSource.options.type}".`,
    );
  }
  return driver.master;
}
