import { type Clock } from '../core/clock.js';
import { subscriberOf, type WebhookRecord } from '../core/webhook.js';
import { type Queryable, type TaskerDatabase } from './database.js';

/** What somebody may decide of a webhook. */
export type WebhookChange = Partial<
  Pick<
    WebhookRecord,
    | 'url'
    | 'events'
    | 'namespaces'
    | 'headers'
    | 'maxFailures'
    | 'secret'
    | 'previousSecret'
    | 'previousSecretExpiresAt'
    | 'isDeclared'
  >
>;

export type NewWebhook = Pick<
  WebhookRecord,
  'name' | 'url' | 'events' | 'namespaces' | 'headers' | 'maxFailures' | 'secret' | 'isDeclared'
>;

/** Keeps webhooks, and with each the place of its subscriber: both change in one transaction. */
export class WebhookStore {
  constructor(
    private readonly db: TaskerDatabase,
    private readonly clock: Clock,
  ) {}

  async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.db.transaction(work);
  }

  /** All of them, or the one of that name, by name. */
  async list(name?: string): Promise<WebhookRecord[]> {
    const rows = await this.db.rows<Row>(`${SELECT} where $1::text is null or w.name = $1 order by w.name`, [
      name ?? null,
    ]);
    return rows.map(toRecord);
  }

  /** Another text whenever anything changed that processes have to know of: asked every second, so asked cheaply. */
  async version(): Promise<string> {
    const [row] = await this.db.rows<{ version: string | null }>(
      `select string_agg(webhook_id || ':' || revision, ' ' order by webhook_id) as version from $schema.tasker_webhooks`,
    );
    return row!.version ?? '';
  }

  /** Locks one by name, waiting for it if need be. */
  async lock(tx: Queryable, name: string): Promise<WebhookRecord | undefined> {
    const [row] = await tx.rows<Row>(`${SELECT} where w.name = $1 for no key update of w`, [name]);
    return row && toRecord(row);
  }

  /** One process at a time makes the declared webhooks what its options say. */
  async lockDeclared(tx: Queryable): Promise<void> {
    await tx.rows(`select pg_advisory_xact_lock(hashtext('tasker_webhooks'), hashtext($1))`, [this.db.schema]);
  }

  /** Begins after this id of the stream. Returns false, and changes nothing, when the name is taken. */
  async insert(tx: Queryable, hook: NewWebhook, position: number): Promise<boolean> {
    const { name, url, events, namespaces, headers, maxFailures, secret, isDeclared } = hook;
    const rows = await tx.rows(
      `insert into $schema.tasker_webhooks (name, url, patterns, namespaces, headers, max_failures, secret, declared)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (name) do nothing returning webhook_id`,
      [name, url, JSON.stringify(events), json(namespaces), JSON.stringify(headers), maxFailures, secret, isDeclared],
    );
    if (rows.length === 0) return false;
    // One of this name that was removed may have left its place behind.
    await this.forget(tx, name);
    await tx.rows(
      `insert into $schema.tasker_event_subscribers (name, patterns, position, announced) values ($1, $2, $3, $3)`,
      [subscriberOf(name), JSON.stringify(events), position],
    );
    return true;
  }

  async update(tx: Queryable, webhookId: number, change: WebhookChange): Promise<void> {
    const given = assignments(change);
    const set = given.map(([column], index) => `${column} = $${index + 2}, `).join('');
    await tx.rows(
      `update $schema.tasker_webhooks set ${set} revision = revision + 1, updated_at = clock_timestamp()
       where webhook_id = $1`,
      [webhookId, ...given.map(([, value]) => value)],
    );
  }

  /** It gets nothing from here on, and keeps its place. */
  async disable(tx: Queryable, { webhookId, name }: WebhookRecord, reason: string): Promise<void> {
    await tx.rows(
      `update $schema.tasker_webhooks
       set disabled_at = coalesce(disabled_at, $3::timestamptz, clock_timestamp()),
         disabled_reason = coalesce(disabled_reason, $2), revision = revision + 1, updated_at = clock_timestamp()
       where webhook_id = $1`,
      [webhookId, reason, this.clock.sqlNow()],
    );
    await this.hold(tx, name, true);
  }

  /** It goes on where it stopped, at once; or, leaving out what waits for it, with what happens from here on. */
  async enable(tx: Queryable, { webhookId, name }: WebhookRecord, skipsToNow: boolean): Promise<void> {
    await tx.rows(
      `update $schema.tasker_webhooks
       set disabled_at = null, disabled_reason = null, failures = 0, failing_since = null, revision = revision + 1,
         updated_at = clock_timestamp()
       where webhook_id = $1`,
      [webhookId],
    );
    await this.hold(tx, name, false);
    if (skipsToNow) {
      await tx.rows(
        `update $schema.tasker_event_subscribers
         set seek_to = (select last from $schema.tasker_event_horizon()) where name = $1`,
        [subscriberOf(name)],
      );
    }
    await tx.rows(
      skipsToNow
        ? `delete from $schema.tasker_event_deliveries where subscriber = $1 and dead_at is null`
        : `update $schema.tasker_event_deliveries set next_attempt_at = least(next_attempt_at, clock_timestamp())
           where subscriber = $1 and next_attempt_at is not null`,
      [subscriberOf(name)],
    );
  }

  async remove(tx: Queryable, { webhookId, name }: WebhookRecord): Promise<void> {
    await tx.rows('delete from $schema.tasker_webhooks where webhook_id = $1', [webhookId]);
    await this.forget(tx, name);
  }

  /**
   * Forgets the places of webhooks that are gone: a process that had not heard of it may have made one once more. What
   * somebody still holds is left for the next time. Returns whether any is left.
   */
  async removeOrphans(): Promise<boolean> {
    const orphan = `s.name like 'webhook:%' and not exists (
      select from $schema.tasker_webhooks w where 'webhook:' || w.name = s.name)`;
    await this.db.rows(
      `delete from $schema.tasker_event_subscribers s
       where ${orphan} and (s.lease_expires_at is null or s.lease_expires_at < clock_timestamp())`,
    );
    const [row] = await this.db.rows<{ left: boolean }>(
      `select exists (select from $schema.tasker_event_subscribers s where ${orphan}) as left`,
    );
    return row!.left;
  }

  /** An attempt succeeded: those that failed before it no longer count. */
  async succeeded(webhookId: number, status: number): Promise<void> {
    await this.db.rows(
      `update $schema.tasker_webhooks
       set failures = 0, failing_since = null, last_status = $2, last_error = null,
         last_success_at = coalesce($3::timestamptz, clock_timestamp())
       where webhook_id = $1 and disabled_at is null`,
      [webhookId, status, this.clock.sqlNow()],
    );
  }

  /** An attempt failed. Returns true when the webhook is disabled, by this or already. */
  async failed(
    webhookId: number,
    failure: { readonly status: number | null; readonly error: string; readonly isFinal: boolean },
    graceSeconds: number,
  ): Promise<boolean> {
    const { status, error, isFinal } = failure;
    const [row] = await this.db.rows<{ disabled: boolean }>(
      'select $schema.tasker_webhook_failed($1, $2, $3, $4, $5, $6) as disabled',
      [webhookId, status, error, isFinal, graceSeconds, this.clock.sqlNow()],
    );
    return row!.disabled;
  }

  async audit(tx: Queryable, action: string, name: string, metadata: object): Promise<void> {
    await tx.rows('insert into $schema.tasker_audit (action, subject, metadata) values ($1, $2, $3)', [
      action,
      `webhook ${name}`,
      JSON.stringify(metadata),
    ]);
  }

  private async hold(tx: Queryable, name: string, isHeld: boolean): Promise<void> {
    const at = isHeld ? 'coalesce(paused_at, clock_timestamp())' : 'null';
    await tx.rows(
      `update $schema.tasker_event_subscribers set paused_at = ${at}, updated_at = clock_timestamp() where name = $1`,
      [subscriberOf(name)],
    );
  }

  private async forget(tx: Queryable, name: string): Promise<void> {
    await tx.rows('delete from $schema.tasker_event_subscribers where name = $1', [subscriberOf(name)]);
  }
}

const COLUMNS: Readonly<Record<keyof WebhookChange, string>> = {
  url: 'url',
  events: 'patterns',
  namespaces: 'namespaces',
  headers: 'headers',
  maxFailures: 'max_failures',
  secret: 'secret',
  previousSecret: 'previous_secret',
  previousSecretExpiresAt: 'previous_secret_expires_at',
  isDeclared: 'declared',
};
const JSON_FIELDS: ReadonlySet<string> = new Set(['events', 'namespaces', 'headers']);

function assignments(change: WebhookChange): [column: string, value: unknown][] {
  return (Object.keys(COLUMNS) as (keyof WebhookChange)[])
    .filter((key) => change[key] !== undefined)
    .map((key) => [COLUMNS[key], JSON_FIELDS.has(key) ? json(change[key]) : change[key]]);
}

function json(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

interface Row extends Omit<WebhookRecord, 'events' | 'namespaces' | 'headers'> {
  events: string;
  namespaces: string | null;
  headers: string;
}

function toRecord(row: Row): WebhookRecord {
  return {
    ...row,
    events: JSON.parse(row.events) as string[],
    namespaces: row.namespaces === null ? null : (JSON.parse(row.namespaces) as string[]),
    headers: JSON.parse(row.headers) as Record<string, string>,
  };
}

const SELECT = `
  select w.webhook_id as "webhookId", w.name, w.url, w.patterns as events, w.namespaces, w.secret,
    w.previous_secret as "previousSecret", w.previous_secret_expires_at as "previousSecretExpiresAt", w.headers,
    w.declared as "isDeclared", w.max_failures as "maxFailures", w.failures, w.failing_since as "failingSince",
    w.disabled_at as "disabledAt", w.disabled_reason as "disabledReason", w.last_success_at as "lastSuccessAt",
    w.last_failure_at as "lastFailureAt", w.last_status as "lastStatus", w.last_error as "lastError", w.revision,
    w.created_at as "createdAt", w.updated_at as "updatedAt"
  from $schema.tasker_webhooks w`;
