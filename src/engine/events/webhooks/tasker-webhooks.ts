import { randomBytes, randomUUID } from 'node:crypto';
import { NotFoundError, TaskerError, ValidationError } from '../../../core/errors.js';
import { secretsOf, subscriberOf, type WebhookRecord } from '../../../core/webhook.js';
import { SECRET_PREFIX, secretProblem } from '../../../core/webhook-signature.js';
import { type Queryable } from '../../../persistence/database.js';
import { type DeadLetter } from '../../../persistence/event-operator-store.js';
import { type EventStreamStore } from '../../../persistence/event-stream-store.js';
import { type WebhookStore } from '../../../persistence/webhook-store.js';
import { type Actor, actorMetadata } from '../../actor.js';
import { type EventDeliveries, type SubscriberStatus } from '../durable/event-deliveries.js';
import { startingPoint } from '../durable/starting-point.js';
import { webhookBody } from './webhook-body.js';
import { checkWebhook, type WebhookRequest, type WebhookUpdate } from './webhook-request.js';
import { type WebhookAnswer, type WebhookSender } from './webhook-sender.js';
import { type WebhookOptions } from './webhook-settings.js';
import { type Webhook, webhookView } from './webhook-view.js';

const DAY_SECONDS = 86_400;
const SETTLE_MS = 1_000;
const BY_HAND = 'Disabled by an operator.';

/** A webhook with a secret that is told this once. */
export interface WebhookWithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** How far a webhook is, and what its receiver could not take. */
export interface WebhookDeliveries {
  readonly webhook: Webhook;
  /** Null: an operator has removed its subscriber, and no process has made it anew. */
  readonly subscriber: SubscriberStatus | null;
  /** The first of the events that were given up. */
  readonly deadLetters: readonly DeadLetter[];
}

/**
 * Webhooks as an application and an operator see them. All processes know of a change within a second or two; every act is
 * audited with who and why. Secrets are told when they are made, and never again.
 */
export class TaskerWebhooks {
  constructor(
    private readonly store: WebhookStore,
    private readonly stream: EventStreamStore,
    private readonly states: Pick<EventDeliveries, 'subscriber' | 'deadLetters'>,
    private readonly sender: WebhookSender,
    private readonly options: WebhookOptions,
    /** Told when a change was committed. */
    private readonly onChanged: () => void,
  ) {}

  /** All of them, by name. */
  async list(): Promise<Webhook[]> {
    return (await this.store.list()).map(webhookView);
  }

  /** @throws NotFoundError `WEBHOOK_NOT_FOUND` */
  async get(name: string): Promise<Webhook> {
    return webhookView(await this.record(name));
  }

  /**
   * Makes a webhook. It gets the events that are committed after this has returned.
   * @throws ValidationError naming every field that does not fit
   * @throws TaskerError `DUPLICATE_WEBHOOK` when the name is taken
   */
  async create(request: WebhookRequest, actor: Actor = {}): Promise<WebhookWithSecret> {
    checkWebhook(request, this.options);
    const metadata = actorMetadata(actor);
    const { name, url, events, namespaces = null, headers = {}, maxFailures = this.options.maxFailures } = request;
    const secret = request.secret ?? makeSecret();
    const hook = { name, url, events, namespaces, headers, maxFailures, secret, isDeclared: false };
    const position = await startingPoint(this.stream, 'now', SETTLE_MS);
    await this.store.transaction(async (tx) => {
      if (!(await this.store.insert(tx, hook, position))) {
        throw new TaskerError('DUPLICATE_WEBHOOK', `There is a webhook "${name}" already.`, {
          hint: 'Remove it first, or choose another name.',
          details: { name },
        });
      }
      await this.store.audit(tx, 'webhook.create', name, metadata);
    });
    this.onChanged();
    return { webhook: await this.get(name), secret };
  }

  /** Changes where and what it is sent. @throws ValidationError naming every field that does not fit */
  async update(name: string, changes: WebhookUpdate, actor: Actor = {}): Promise<Webhook> {
    checkWebhook(changes, this.options, true);
    const { url, events, namespaces, headers, maxFailures } = changes;
    const fields = Object.keys(changes);
    return this.change(name, 'webhook.update', actor, { fields }, (tx, { webhookId }) =>
      this.store.update(tx, webhookId, { url, events, namespaces, headers, maxFailures }),
    );
  }

  /**
   * Gives it another secret. The one before is good for a while: requests bear a signature of each, so that the receiver
   * can change in its own time.
   */
  async rotateSecret(
    name: string,
    {
      keepOldForSeconds = DAY_SECONDS,
      ...given
    }: { readonly secret?: string; readonly keepOldForSeconds?: number } = {},
    actor: Actor = {},
  ): Promise<WebhookWithSecret> {
    const secret = given.secret ?? makeSecret();
    requireRotation(secret, keepOldForSeconds);
    const previousSecretExpiresAt = keepOldForSeconds > 0 ? new Date(Date.now() + keepOldForSeconds * 1_000) : null;
    const webhook = await this.change(name, 'webhook.rotate', actor, { keepOldForSeconds }, (tx, record) => {
      const previousSecret = previousSecretExpiresAt && record.secret;
      return this.store.update(tx, record.webhookId, { secret, previousSecret, previousSecretExpiresAt });
    });
    return { webhook, secret };
  }

  /**
   * Lets it go on where it stopped, with all that has happened since.
   * @param options.skip leave that out, and go on with what happens from now on
   */
  async enable(name: string, options: { readonly skip?: boolean } = {}, actor: Actor = {}): Promise<Webhook> {
    const { skip = false } = options;
    return this.change(name, 'webhook.enable', actor, { skip }, (tx, record) => this.store.enable(tx, record, skip));
  }

  /** It gets nothing until it is enabled, and keeps its place. */
  async disable(name: string, actor: Actor = {}): Promise<Webhook> {
    return this.change(name, 'webhook.disable', actor, {}, (tx, record) =>
      this.store.disable(tx, record, actor.reason || BY_HAND),
    );
  }

  /** Forgets it, with what waits for it. A declared one comes back when a process that declares it starts. */
  async remove(name: string, actor: Actor = {}): Promise<void> {
    const metadata = actorMetadata(actor);
    await this.store.transaction(async (tx) => {
      const record = (await this.store.lock(tx, name)) ?? notFound(name);
      await this.store.remove(tx, record);
      await this.store.audit(tx, 'webhook.remove', name, metadata);
    });
    this.onChanged();
  }

  /** Sends it a `webhook.test` now, also when it is disabled. How that ends changes nothing. */
  async test(name: string, actor: Actor = {}): Promise<WebhookAnswer> {
    const metadata = actorMetadata(actor);
    const record = await this.record(name);
    const id = randomUUID();
    const event = {
      id,
      name: 'webhook.test',
      occurredAt: new Date().toISOString(),
      correlationId: null,
      webhook: name,
    };
    const { url, headers } = record;
    const answer = await this.sender.send({ url, id, body: webhookBody(event), secrets: secretsOf(record), headers });
    await this.store.transaction((tx) =>
      this.store.audit(tx, 'webhook.test', name, { ...metadata, status: answer.status }),
    );
    return answer;
  }

  /** How far it is, and what its receiver could not take. What to do about these is up to `EventDeliveries`. */
  async deliveries(name: string): Promise<WebhookDeliveries> {
    const webhook = await this.get(name);
    const subscriber = await this.states.subscriber(subscriberOf(name)).catch((error: unknown) => {
      if (error instanceof NotFoundError) return null;
      throw error;
    });
    return { webhook, subscriber, deadLetters: await this.states.deadLetters({ subscriber: subscriberOf(name) }) };
  }

  private async record(name: string): Promise<WebhookRecord> {
    const [record] = await this.store.list(name);
    return record ?? notFound(name);
  }

  private async change(
    name: string,
    action: string,
    actor: Actor,
    more: object,
    work: (tx: Queryable, record: WebhookRecord) => Promise<void>,
  ): Promise<Webhook> {
    const metadata = { ...actorMetadata(actor), ...more };
    await this.store.transaction(async (tx) => {
      await work(tx, (await this.store.lock(tx, name)) ?? notFound(name));
      await this.store.audit(tx, action, name, metadata);
    });
    this.onChanged();
    return this.get(name);
  }
}

function makeSecret(): string {
  return SECRET_PREFIX + randomBytes(32).toString('base64');
}

function requireRotation(secret: unknown, keepOldForSeconds: unknown): void {
  const errors = [];
  const flaw = secretProblem(secret);
  if (flaw !== undefined) errors.push({ path: 'secret', code: 'invalid', message: flaw });
  if (typeof keepOldForSeconds !== 'number' || !(keepOldForSeconds >= 0 && keepOldForSeconds <= 90 * DAY_SECONDS)) {
    const message = `must be a number from 0 to ${90 * DAY_SECONDS}`;
    errors.push({ path: 'keepOldForSeconds', code: 'range', message });
  }
  if (errors.length === 0) return;
  throw new ValidationError(`${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}.`, errors);
}

function notFound(name: string): never {
  throw new NotFoundError('WEBHOOK_NOT_FOUND', `There is no webhook "${name}".`, { details: { name } });
}
