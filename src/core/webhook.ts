/** A webhook as it is kept, its secrets included: not for showing. */
export interface WebhookRecord {
  readonly webhookId: number;
  readonly name: string;
  readonly url: string;
  /** Names and patterns of events. */
  readonly events: readonly string[];
  /** Null: whatever namespace, and events of no task too. */
  readonly namespaces: readonly string[] | null;
  readonly secret: string;
  readonly previousSecret: string | null;
  readonly previousSecretExpiresAt: Date | null;
  readonly headers: Readonly<Record<string, string>>;
  /** True: it stands in the options of the module, and is kept as they say. */
  readonly isDeclared: boolean;
  readonly maxFailures: number;
  /** Attempts in a row that failed. */
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  readonly lastSuccessAt: Date | null;
  readonly lastFailureAt: Date | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What its requests are signed with just now: the secret, and the one before until its time is over. */
export function secretsOf(
  { secret, previousSecret, previousSecretExpiresAt }: WebhookRecord,
  now: Date = new Date(),
): readonly string[] {
  const isGood = previousSecret !== null && previousSecretExpiresAt !== null && previousSecretExpiresAt > now;
  return isGood ? [secret, previousSecret] : [secret];
}

/** The durable subscriber that a webhook is. */
export function subscriberOf(webhookName: string): string {
  return `webhook:${webhookName}`;
}

/** For people: a query may hold a key. */
export function shownUrl(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? url : `${url.slice(0, at)}?…`;
}
