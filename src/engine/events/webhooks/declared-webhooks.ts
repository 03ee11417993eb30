import { Inject, Injectable } from '@nestjs/common';
import { canonicalJson } from '../../../core/canonical-json.js';
import { type WebhookRecord } from '../../../core/webhook.js';
import { EventStreamStore } from '../../../persistence/event-stream-store.js';
import { type NewWebhook, WebhookStore } from '../../../persistence/webhook-store.js';
import { TaskerLogger } from '../../../logging/tasker-logger.js';
import { type EngineOptions } from '../../engine.options.js';
import { ENGINE_OPTIONS } from '../../engine.tokens.js';
import { startingPoint } from '../durable/starting-point.js';
import { type WebhookOptions } from './webhook-settings.js';

const SETTLE_MS = 1_000;

/**
 * Makes the stored webhooks what the options of this process say, at boot. The last process to start has the last word. One
 * that was disabled stays so; one that no options name any more stays until somebody removes it, because another kind of
 * process may be the one that names it.
 */
@Injectable()
export class DeclaredWebhooks {
  private readonly logger = new TaskerLogger('TaskerWebhooks');
  private readonly options: WebhookOptions;

  constructor(
    private readonly store: WebhookStore,
    private readonly stream: EventStreamStore,
    @Inject(ENGINE_OPTIONS) { webhooks }: Pick<EngineOptions, 'webhooks'>,
  ) {
    this.options = webhooks;
  }

  async publish(): Promise<void> {
    const { declared, maxFailures: fallback } = this.options;
    if (declared.length === 0) return;
    const wanted = declared.map(({ namespaces = null, headers = {}, maxFailures = fallback, ...hook }) => {
      return { ...hook, namespaces, headers, maxFailures, isDeclared: true };
    });
    const position = await startingPoint(this.stream, 'now', SETTLE_MS);
    await this.store.transaction(async (tx) => {
      await this.store.lockDeclared(tx);
      for (const hook of wanted) {
        const known = await this.store.lock(tx, hook.name);
        if (!known) await this.store.insert(tx, hook, position);
        else if (!isEqual(hook, known)) {
          // The secret in the options is the one that receivers are told.
          const { name, ...values } = hook;
          await this.store.update(tx, known.webhookId, values);
          this.logger.log(`Webhook "${name}" is now as the options say.`);
        }
      }
    });
  }
}

function isEqual(wanted: NewWebhook, known: WebhookRecord): boolean {
  const keys = Object.keys(wanted) as (keyof NewWebhook)[];
  return keys.every((key) => canonicalJson(wanted[key]) === canonicalJson(known[key]));
}
