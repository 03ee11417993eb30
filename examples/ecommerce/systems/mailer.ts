export interface Mail {
  readonly template: 'order_confirmation';
  readonly recipient: string;
  readonly subject: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Two mails with one key are one mail. */
  readonly idempotencyKey: string;
}

/** `status` is `sent`, or why not: `invalid_email`, `rate_limited`, … */
export interface MailReceipt {
  readonly status: string;
  readonly message_id: string;
  readonly recipient: string;
  readonly delivery_status: string;
}

/** Sends mail to customers. */
export abstract class Mailer {
  abstract send(mail: Mail, options: { readonly signal: AbortSignal }): Promise<MailReceipt>;
}
