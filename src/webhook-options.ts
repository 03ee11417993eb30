import { ValidationError } from './core/errors.js';
import { checkWebhook } from './engine/events/webhooks/webhook-request.js';
import {
  type DeclaredWebhook,
  DEFAULT_WEBHOOKS,
  type WebhookOptions,
} from './engine/events/webhooks/webhook-settings.js';
import { checkSection, flag, invalid, listOf, number, type OptionRule, whole } from './options-check.js';

/** Webhooks: who is told of events over HTTP. */
export interface WebhookSettings {
  /** True: webhooks may lead to private addresses, and go over plain HTTP. For development. @default false */
  readonly allowPrivateNetworks?: boolean;
  /** Hosts for which that holds: `hooks.internal`, or `*.internal` for all below it. @default [] */
  readonly allowedHosts?: readonly string[];
  /** For one attempt, from looking up the name to the end of the answer. @default 10000 */
  readonly timeoutMs?: number;
  /** So many attempts in a row may fail… @default 20 */
  readonly maxFailures?: number;
  /** …and the first of them must be so long ago, before a webhook is disabled. @default 3600 */
  readonly disableAfterSeconds?: number;
  /** Webhooks that are kept as they stand here, at every boot. */
  readonly declared?: readonly DeclaredWebhook[];
}

const host: OptionRule = {
  what: "host names such as 'hooks.internal' or '*.internal'",
  fits: (v) => typeof v === 'string' && /^(\*\.)?[\w.:-]+$/.test(v),
};
const object: OptionRule = { what: 'webhooks', fits: (v) => typeof v === 'object' && v !== null };

/** @throws ConfigurationError with one message that names the key */
export function resolveWebhooks(input: unknown): WebhookOptions {
  const given = checkSection<WebhookSettings>('webhooks', input, {
    allowPrivateNetworks: flag,
    allowedHosts: listOf(host),
    timeoutMs: whole(1, 300_000),
    maxFailures: whole(1, 1_000_000),
    disableAfterSeconds: number(0, 2_592_000),
    declared: listOf(object),
  });
  const options: WebhookOptions = {
    ...DEFAULT_WEBHOOKS,
    ...(Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<WebhookOptions>),
  };
  for (const [index, hook] of options.declared.entries()) requireDeclared(hook, `webhooks.declared[${index}]`, options);
  const names = options.declared.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid('webhooks.declared', twice, 'a list in which no name stands twice');
  return options;
}

/** The value is not shown: it may be a secret. */
function requireDeclared(hook: DeclaredWebhook, at: string, options: WebhookOptions): void {
  if (typeof hook.secret !== 'string') throw invalid(`${at}.secret`, undefined, 'given');
  try {
    checkWebhook(hook, options);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const said = error.errors.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw invalid(at, hook.name, `a valid webhook: ${said}`);
  }
}
