import { shownUrl, type WebhookRecord } from '../../../core/webhook.js';

/** A webhook as it may be shown: secrets and header values are not in it. */
export interface Webhook {
  readonly name: string;
  /** Without its query, which may hold a key. */
  readonly url: string;
  readonly events: readonly string[];
  readonly namespaces: readonly string[] | null;
  readonly state: 'enabled' | 'failing' | 'disabled';
  /** True: it comes from the options of the module. */
  readonly isDeclared: boolean;
  /** The last four characters of the secret. */
  readonly secretHint: string;
  /** Until when the secret before is good as well; null: there is none. */
  readonly previousSecretExpiresAt: Date | null;
  /** Names of its further headers. */
  readonly headers: readonly string[];
  readonly maxFailures: number;
  /** Attempts in a row that failed. */
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  /** HTTP status of the last answer; null: there was none. */
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function webhookView(record: WebhookRecord): Webhook {
  const { secret, previousSecretExpiresAt: until, disabledAt, failures } = record;
  return {
    name: record.name,
    url: shownUrl(record.url),
    events: record.events,
    namespaces: record.namespaces,
    state: disabledAt ? 'disabled' : failures > 0 ? 'failing' : 'enabled',
    isDeclared: record.isDeclared,
    secretHint: `…${secret.slice(-4)}`,
    previousSecretExpiresAt: until && until > new Date() ? until : null,
    headers: Object.keys(record.headers),
    maxFailures: record.maxFailures,
    failures,
    failingSince: record.failingSince,
    disabledAt,
    disabledReason: record.disabledReason,
    lastSuccessAt: record.lastSuccessAt,
    lastFailureAt: record.lastFailureAt,
    lastStatus: record.lastStatus,
    lastError: record.lastError,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
  };
}
