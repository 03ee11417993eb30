import { requireTexts } from './text-fields.js';

/** Who acts, and why; kept in the history of every task and step that changes, and in the audit of all else. */
export interface Actor {
  readonly by?: string;
  readonly reason?: string;
}

const MAX_ACTOR_TEXT = 1_000;

/**
 * What is kept of an actor: what was said, and nothing else that the object may hold.
 * @throws ValidationError naming every field that cannot be stored
 */
export function actorMetadata({ by, reason }: Actor): Actor {
  requireTexts(MAX_ACTOR_TEXT, { by: by || undefined, reason: reason || undefined });
  return { ...(by && { by }), ...(reason && { reason }) };
}
