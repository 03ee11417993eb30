/** What was asked for, and whether there is more behind it. A total would cost a scan of the whole table. */
export interface PagingBody {
  readonly limit: number;
  readonly offset: number;
  readonly has_more: boolean;
  /** Asks for the page after this as `cursor`, however far that is; null when there is none. Only where lists can be long. */
  readonly next_cursor?: string | null;
}

export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
}

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;

/** A page from a list that was read one item further than it is shown. */
export function page<T>(
  found: readonly T[],
  { limit, offset }: PageRequest,
): { items: readonly T[]; paging: PagingBody } {
  return { items: found.slice(0, limit), paging: { limit, offset, has_more: found.length > limit } };
}
