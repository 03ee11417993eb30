import { Injectable } from '@nestjs/common';
import { type Mail, type Mailer, type MailReceipt } from './mailer.js';
import { SimulatedSystem } from './simulated-system.js';

@Injectable()
export class SimulatedMailer extends SimulatedSystem<'send'> implements Mailer {
  /** What customers really got. */
  readonly outbox: Mail[] = [];
  private readonly receipts = new Map<string, MailReceipt>();

  send(mail: Mail, { signal }: { readonly signal?: AbortSignal } = {}): Promise<MailReceipt> {
    return this.answer('send', [mail], () => this.receipts.get(mail.idempotencyKey) ?? this.deliver(mail), signal);
  }

  private deliver(mail: Mail): MailReceipt {
    const message_id = this.newId('msg');
    const receipt = { status: 'sent', message_id, recipient: mail.recipient, delivery_status: 'delivered' };
    this.outbox.push(mail);
    this.receipts.set(mail.idempotencyKey, receipt);
    return receipt;
  }
}
