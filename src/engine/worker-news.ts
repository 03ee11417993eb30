import { type Notifications } from '../persistence/notifications.js';
import { type EngineSignals } from './engine-signals.js';

/** What a worker does about what others did, in this process or in another. */
export interface NewsListener {
  created(): void;
  cancelled(taskIds: readonly number[]): void;
  /** @param taskIds empty when it is not known which: any may be concerned */
  changed(taskIds: readonly number[]): void;
  controls(): void;
}

/** Tells a worker what concerns it, wherever it happened; returns what ends that. */
export function hearNews(signals: EngineSignals, notifications: Notifications, listener: NewsListener): () => void {
  const stops = [
    signals.on('created', () => listener.created()),
    signals.on('cancelled', (taskIds) => listener.cancelled(taskIds)),
    signals.on('changed', (taskIds) => listener.changed(taskIds)),
    signals.on('controls', () => listener.controls()),
    // That steps are due is for the wake-up driver to hear.
    notifications.onNotification(({ kind, taskIds }) => {
      if (kind === 'cancelled') listener.cancelled(taskIds);
      if (kind === 'changed') listener.changed(taskIds);
      if (kind === 'controls') listener.controls();
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
