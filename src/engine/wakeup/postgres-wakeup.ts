import { type Notifications } from '../../persistence/notifications.js';
import { type Sleeper, Wakeup, type WakeHint } from './wakeup.js';

/** At most one notification in this time: a commit that notifies takes a lock that all such commits share. */
const THROTTLE_MS = 20;

/** Wakes by NOTIFY, throttled: the first at once, what follows joined into one at the end of the interval. */
export class PostgresWakeup extends Wakeup {
  private unsubscribe: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private again = false;

  constructor(private readonly notifications: Notifications) {
    super();
  }

  async start(sleeper: Sleeper): Promise<void> {
    this.unsubscribe ??= this.notifications.onNotification(({ kind }) => {
      if (kind === 'ready') sleeper.look();
    });
  }

  async stop(): Promise<void> {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    // What a stopping worker hands back is for others.
    if (this.again) this.send();
  }

  get isHealthy(): boolean {
    return this.notifications.isConnected;
  }

  /** Only what is due at once is told: for later moments the poll is good enough. */
  announce(hints: readonly WakeHint[]): void {
    if (hints.some(({ delayMs }) => delayMs <= 0)) this.tell();
  }

  private tell(): void {
    if (this.timer) {
      this.again = true;
      return;
    }
    this.send();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.again) this.tell();
    }, THROTTLE_MS);
    this.timer.unref();
  }

  private send(): void {
    this.again = false;
    void this.notifications.send({ kind: 'ready', taskIds: [] });
  }
}
