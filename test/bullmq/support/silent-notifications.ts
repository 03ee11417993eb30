import { type Notification, type Notifications } from '../../../src/persistence/notifications.js';

/** Notifications that go nowhere, and come from nobody but the test. */
export class SilentNotifications {
  readonly isConnected = true;
  sent = 0;
  private readonly listeners = new Set<(notification: Notification) => void>();

  async send({ kind }: Notification): Promise<void> {
    if (kind === 'ready') this.sent++;
  }

  onNotification(listener: (notification: Notification) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  receive(kind: Notification['kind']): void {
    for (const listener of this.listeners) listener({ kind, taskIds: [] });
  }

  get asNotifications(): Notifications {
    return this as unknown as Notifications;
  }
}
