import { isCorrelationId, newCorrelationId } from '../../core/correlation-id.js';

interface HttpRequest {
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const known = new WeakMap<object, string>();

/**
 * The correlation id of an HTTP request, the same whoever asks: that of its header, else a new one. Any proxy may set the
 * header; one that is no id is not the caller's mistake.
 */
export function correlationOf(request: object): string {
  let id = known.get(request);
  if (id === undefined) {
    const given = (request as HttpRequest).headers?.['x-correlation-id'];
    id = isCorrelationId(given) ? given : newCorrelationId();
    known.set(request, id);
  }
  return id;
}
