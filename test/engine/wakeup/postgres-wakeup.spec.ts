import { jest } from '@jest/globals';
import { PostgresWakeup } from '../../../src/engine/wakeup/postgres-wakeup.js';
import { type Notification, type Notifications } from '../../../src/persistence/notifications.js';

/** Notifications that go nowhere, and come from nobody but the test. */
class SilentNotifications {
  readonly sent: { kind: string; at: number }[] = [];
  readonly listeners = new Set<(notification: Notification) => void>();
  isConnected = true;

  async send({ kind }: Notification): Promise<void> {
    this.sent.push({ kind, at: Math.round(performance.now() - origin) });
  }

  onNotification(listener: (notification: Notification) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  receive(kind: Notification['kind']): void {
    for (const listener of this.listeners) listener({ kind, taskIds: [] });
  }
}

const DUE = [{ namespace: 'default', taskId: 1, delayMs: 0 }];
const LATER = [{ namespace: 'default', taskId: 1, delayMs: 1_000 }];
let origin: number;
let notifications: SilentNotifications;
let wakeup: PostgresWakeup;
let looks: number;
const sleeper = { look: () => void looks++, hasRoom: () => true, namespaces: () => ['default'] };

beforeEach(() => {
  jest.useFakeTimers();
  origin = performance.now();
  looks = 0;
  notifications = new SilentNotifications();
  wakeup = new PostgresWakeup(notifications as unknown as Notifications);
});
afterEach(async () => {
  await wakeup.stop();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('announcing', () => {
  it('tells the first at once', () => {
    wakeup.announce(DUE);
    expect(notifications.sent).toEqual([{ kind: 'ready', at: 0 }]);
  });

  it('joins all that follows within the interval into one, at its end', () => {
    for (let i = 0; i < 1_000; i++) wakeup.announce(DUE);
    jest.advanceTimersByTime(500);
    expect(notifications.sent.map(({ at }) => at)).toEqual([0, 20]);
  });

  it('notifies at most once per interval under lasting load, and never stops', () => {
    for (let ms = 0; ms < 1_000; ms++) {
      wakeup.announce(DUE);
      jest.advanceTimersByTime(1);
    }
    expect(notifications.sent.length).toBeLessThanOrEqual(51);
    expect(notifications.sent.length).toBeGreaterThanOrEqual(50);
  });

  it('is at once again after a quiet time', () => {
    wakeup.announce(DUE);
    jest.advanceTimersByTime(100);
    wakeup.announce(DUE);
    expect(notifications.sent.map(({ at }) => at)).toEqual([0, 100]);
  });

  it('says nothing of what is due only later', () => {
    wakeup.announce(LATER);
    wakeup.announce([]);
    jest.advanceTimersByTime(2_000);
    expect(notifications.sent).toEqual([]);
    wakeup.announce([...LATER, ...DUE]);
    expect(notifications.sent).toHaveLength(1);
  });

  it('tells what it holds back when it is stopped: what a stopping worker hands back is for others', async () => {
    wakeup.announce(DUE);
    wakeup.announce(DUE);
    await wakeup.stop();
    expect(notifications.sent).toHaveLength(2);
    await wakeup.stop();
    jest.advanceTimersByTime(100);
    expect(notifications.sent).toHaveLength(2);
  });
});

describe('listening', () => {
  it('looks when others say that steps are due, and at nothing else', async () => {
    await wakeup.start(sleeper);
    notifications.receive('ready');
    for (const kind of ['finished', 'cancelled', 'changed'] as const) notifications.receive(kind);
    expect(looks).toBe(1);
  });

  it('may be started and stopped twice, and started again', async () => {
    await wakeup.stop();
    await wakeup.start(sleeper);
    await wakeup.start(sleeper);
    notifications.receive('ready');
    await wakeup.stop();
    await wakeup.stop();
    notifications.receive('ready');
    expect([looks, notifications.listeners.size]).toEqual([1, 0]);
    await wakeup.start(sleeper);
    notifications.receive('ready');
    expect(looks).toBe(2);
  });

  it('is healthy as long as others are heard', () => {
    expect(wakeup.isHealthy).toBe(true);
    notifications.isConnected = false;
    expect(wakeup.isHealthy).toBe(false);
  });
});
