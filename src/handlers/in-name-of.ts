import { currentCorrelationId, outsideCorrelation, runWithCorrelationId } from './correlation-context.js';

/** Runs `work` under the correlation id of an event, whatever it is that brought the event here; null: under none. */
export function inNameOf<T>(event: { readonly correlationId: string | null }, work: () => T): T {
  const { correlationId } = event;
  if (correlationId === null) return outsideCorrelation(work);
  return currentCorrelationId() === correlationId ? work() : runWithCorrelationId(correlationId, work);
}
