import { refused } from '../input/read-input.js';

/** A place in the stream of events: a row, and which of its events. */
export interface StreamPlace {
  readonly id: number;
  readonly part: number;
}

export function placeText({ id, part }: StreamPlace): string {
  return `${id}.${part}`;
}

/** Where a client that comes back was; undefined for one that is new. @throws ValidationError for what we never sent */
export function readPlace(header: unknown): StreamPlace | undefined {
  if (header === undefined || header === '') return undefined;
  const [, id, part] = (typeof header === 'string' && /^(\d{1,16})\.(\d{1,3})$/.exec(header)) || [];
  const place = { id: Number(id), part: Number(part) };
  if (id !== undefined && Number.isSafeInteger(place.id)) return place;
  throw refused([{ path: 'Last-Event-ID', code: 'format', message: 'must be the id of an event of this stream' }]);
}

export function isAfter(one: StreamPlace, other: StreamPlace): boolean {
  return one.id > other.id || (one.id === other.id && one.part > other.part);
}
