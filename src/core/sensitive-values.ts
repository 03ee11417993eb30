import { enterItem, enterMember, type PathState, type SensitivePaths } from './sensitive-paths.js';

/** Shorter ones are words like any other: hiding every "no" hides nothing. */
const MIN_LENGTH = 4;
const MAX_LENGTH = 4_096;
const MAX_VALUES = 200;
const NOT_TELLING = new Set(['true', 'false', 'null', 'undefined', 'none', 'unknown']);

/**
 * The texts and numbers that stand at sensitive paths of a value, longest first: what an error message may quote, and a
 * result repeat. Expects plain JSON, as it is stored.
 */
export function sensitiveValues(value: unknown, paths: SensitivePaths): string[] {
  const found = new Set<string>();
  if (!paths.isEmpty) collect(value, paths.start, false, found);
  return [...found].sort((a, b) => b.length - a.length);
}

function collect(value: unknown, state: PathState, inside: boolean, found: Set<string>): void {
  if (found.size >= MAX_VALUES) return;
  if (typeof value !== 'object' || value === null) {
    const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
    const tells = text.length >= MIN_LENGTH && text.length <= MAX_LENGTH && !NOT_TELLING.has(text.toLowerCase());
    if (inside && tells) found.add(text);
    return;
  }
  if (!inside && state.length === 0) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const entered = enterItem(state, index);
      collect(item, entered.state, inside || entered.hit, found);
    }
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    const entered = enterMember(state, key);
    collect(member, entered.state, inside || entered.hit, found);
  }
}
