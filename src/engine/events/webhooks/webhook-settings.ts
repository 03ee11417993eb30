/** How webhooks are delivered, complete and checked. */
export interface WebhookOptions {
  /** True: webhooks may lead to addresses inside the network, and go over plain HTTP. */
  readonly allowPrivateNetworks: boolean;
  /** Hosts for which the same holds: names, or `*.` and a domain for all below it. */
  readonly allowedHosts: readonly string[];
  /** For one attempt, from looking up the name to the end of the answer. */
  readonly timeoutMs: number;
  /** So many attempts in a row may fail, unless a webhook says otherwise… */
  readonly maxFailures: number;
  /** …and the first of them must be so long ago, before the webhook is disabled. */
  readonly disableAfterSeconds: number;
  /** Kept as they stand here at every boot. */
  readonly declared: readonly DeclaredWebhook[];
}

/** A webhook that stands in the options of the module. */
export interface DeclaredWebhook {
  readonly name: string;
  readonly url: string;
  /** Names and patterns of events. */
  readonly events: readonly string[];
  readonly secret: string;
  readonly namespaces?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxFailures?: number;
}

export const DEFAULT_WEBHOOKS: WebhookOptions = {
  allowPrivateNetworks: false,
  allowedHosts: [],
  timeoutMs: 10_000,
  maxFailures: 20,
  disableAfterSeconds: 3_600,
  declared: [],
};

/** Whether a host may be inside the network, and be spoken to without encryption. */
export function isTrustedHost(host: string, { allowPrivateNetworks, allowedHosts }: WebhookOptions): boolean {
  if (allowPrivateNetworks) return true;
  const name = host.toLowerCase().replace(/^\[|\]$|\.$/g, '');
  return allowedHosts.some((allowed) => {
    const wanted = allowed.toLowerCase();
    return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
  });
}
