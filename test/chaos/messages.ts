/** What the processes of a run tell each other, over Node's channel between parent and child. */

/** A worker to the driver. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly workerId: number }
  | { readonly kind: 'status'; readonly fenced: number; readonly reaped: number };

/** How an operator's action ended: carried out, refused for the state things were in, or nobody knows. */
export type ActionEnd = 'done' | 'refused' | 'unknown';

/** The process that creates tasks, to the driver. */
export type CreatorMessage =
  | { readonly kind: 'ready' }
  /** `ids[i]` is the task of request number `numbers[i]`. */
  | { readonly kind: 'created'; readonly numbers: readonly number[]; readonly ids: readonly number[] }
  /** Nobody knows whether they exist: the answer was lost, or the creation failed. */
  | { readonly kind: 'unknown'; readonly numbers: readonly number[] }
  /** Created in a transaction that was rolled back. */
  | { readonly kind: 'undone'; readonly numbers: readonly number[] }
  | { readonly kind: 'acted'; readonly action: string; readonly end: ActionEnd }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'resumed' };

/** The driver to the process that creates tasks. */
export type CreatorCommand =
  | { readonly kind: 'operate'; readonly action: string; readonly pick: number; readonly ms: number }
  /** No more tasks and no more actions; what an action has begun is brought to its end. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'resume'; readonly ids: readonly number[] };
