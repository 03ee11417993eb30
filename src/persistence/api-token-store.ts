import { type Clock } from '../core/clock.js';
import { type Queryable, type TaskerDatabase } from './database.js';

/** A token as it is kept and shown. The token itself is nowhere. */
export interface ApiTokenRecord {
  readonly tokenId: number;
  readonly name: string;
  /** The part that is no secret, with which every use of it begins. */
  readonly prefix: string;
  readonly scopes: readonly string[];
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** To the minute. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** One that was found by its prefix, with what decides whether it is the one. */
export interface FoundToken extends ApiTokenRecord {
  readonly tokenHash: string;
  /** By the time of the database, which all processes share. */
  readonly isExpired: boolean;
}

export type NewApiToken = Pick<ApiTokenRecord, 'name' | 'prefix' | 'scopes' | 'namespaces' | 'createdBy'> & {
  readonly tokenHash: string;
  /** Null: never. */
  readonly expiresInSeconds: number | null;
};

/** Keeps API tokens, hashed. */
export class ApiTokenStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  /** Returns undefined, and keeps nothing, when the name is taken. */
  async insert(token: NewApiToken): Promise<ApiTokenRecord | undefined> {
    const { name, prefix, tokenHash, scopes, namespaces, createdBy, expiresInSeconds } = token;
    return this.db.transaction(async (tx) => {
      const [row] = await tx.rows<Row>(
        `insert into $schema.tasker_api_tokens as t
           (name, prefix, token_hash, scopes, namespaces, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6,
                 coalesce($8::timestamptz, clock_timestamp()) + $7::double precision * interval '1 second')
         on conflict (name) where revoked_at is null do nothing
         returning ${COLUMNS}`,
        [
          ...[name, prefix, tokenHash, JSON.stringify(scopes), namespaces && JSON.stringify(namespaces), createdBy],
          ...[expiresInSeconds, this.clock.sqlNow()],
        ],
      );
      if (!row) return undefined;
      await audit(tx, 'create', name, { prefix, scopes, namespaces, by: createdBy });
      return toRecord(row);
    });
  }

  async find(prefix: string): Promise<FoundToken | undefined> {
    const [row] = await this.db.rows<Row & { token_hash: string; is_expired: boolean }>(
      `select ${COLUMNS}, t.token_hash,
              coalesce(t.expires_at <= coalesce($2::timestamptz, clock_timestamp()), false) as is_expired
       from $schema.tasker_api_tokens t where t.prefix = $1`,
      [prefix, this.clock.sqlNow()],
    );
    return row && { ...toRecord(row), tokenHash: row.token_hash, isExpired: row.is_expired };
  }

  /** At most once a minute, so that reads do not turn into writes of one and the same row. */
  async touch(tokenId: number): Promise<void> {
    await this.db.rows(
      `update $schema.tasker_api_tokens set last_used_at = coalesce($2::timestamptz, clock_timestamp())
       where token_id = $1 and (last_used_at is null
         or last_used_at < coalesce($2::timestamptz, clock_timestamp()) - interval '1 minute')`,
      [tokenId, this.clock.sqlNow()],
    );
  }

  /** All of them, the newest first. */
  async list(): Promise<ApiTokenRecord[]> {
    const rows = await this.db.rows<Row>(`select ${COLUMNS} from $schema.tasker_api_tokens t order by t.token_id desc`);
    return rows.map(toRecord);
  }

  /** By name or prefix. Undefined when there is none that is not revoked already. */
  async revoke(nameOrPrefix: string, by: string | null): Promise<ApiTokenRecord | undefined> {
    return this.db.transaction(async (tx) => {
      const [row] = await tx.rows<Row>(
        `update $schema.tasker_api_tokens t
         set revoked_at = coalesce($2::timestamptz, clock_timestamp()), updated_at = clock_timestamp()
         where t.token_id = (select x.token_id from $schema.tasker_api_tokens x
                             where (x.name = $1 or x.prefix = $1) and x.revoked_at is null
                             order by x.name = $1 desc limit 1)
         returning ${COLUMNS}`,
        [nameOrPrefix, this.clock.sqlNow()],
      );
      if (!row) return undefined;
      await audit(tx, 'revoke', row.name, { prefix: row.prefix, by });
      return toRecord(row);
    });
  }
}

async function audit(tx: Queryable, action: string, name: string, facts: object): Promise<void> {
  const metadata = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
  await tx.rows('insert into $schema.tasker_audit (action, subject, metadata) values ($1, $2, $3)', [
    ...[action, `token ${name}`, JSON.stringify(metadata)],
  ]);
}

const COLUMNS = `t.token_id, t.name, t.prefix, t.scopes, t.namespaces, t.created_by, t.created_at, t.expires_at,
  t.last_used_at, t.revoked_at`;

interface Row {
  readonly token_id: number;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: string;
  readonly namespaces: string | null;
  readonly created_by: string | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

function toRecord(row: Row): ApiTokenRecord {
  return {
    tokenId: row.token_id,
    name: row.name,
    prefix: row.prefix,
    scopes: JSON.parse(row.scopes) as string[],
    namespaces: row.namespaces === null ? null : (JSON.parse(row.namespaces) as string[]),
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
