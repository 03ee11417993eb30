/** Why a value cannot be stored as JSON; `message` completes a sentence such as "the results of step x …". */
export interface JsonProblem {
  readonly code: 'NOT_JSON' | 'TOO_LARGE';
  readonly message: string;
}

/** Deeper nesting than this overflows the database's parser before it fills a page. */
const MAX_DEPTH = 500;

/**
 * The JSON text of a value, or what keeps it from being stored in a `jsonb` column: a circle, a BigInt, a NUL character,
 * half a surrogate pair, nesting without end, or too many bytes. `undefined` becomes null.
 */
export function storableJson(value: unknown, maxBytes: number): { text: string } | { problem: JsonProblem } {
  let text: string;
  try {
    text = JSON.stringify(value) ?? 'null';
  } catch (error) {
    return notJson(`cannot be written as JSON: ${firstLine(error)}`);
  }
  // Characters first: a text is never shorter in bytes, so the exact count is needed only near the limit.
  const bytes = text.length > maxBytes / 4 ? Buffer.byteLength(text) : text.length;
  if (bytes > maxBytes) {
    return { problem: { code: 'TOO_LARGE', message: `are ${bytes} bytes of JSON; the limit is ${maxBytes} bytes` } };
  }
  if (text.includes('\\u0000') && /(?:^|[^\\])(?:\\\\)*\\u0000/.test(text)) {
    return notJson('contain a NUL character (\\u0000), which PostgreSQL cannot store');
  }
  if (text.includes('\\ud') && /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/.test(text)) {
    return notJson('contain half of a surrogate pair, which is not a character');
  }
  if (text.length > 2 * MAX_DEPTH && isDeeperThan(text, MAX_DEPTH)) {
    return notJson(`are nested deeper than ${MAX_DEPTH} levels`);
  }
  return { text };
}

function notJson(message: string): { problem: JsonProblem } {
  return { problem: { code: 'NOT_JSON', message } };
}

/** Whatever a `toJSON` may throw. */
function firstLine(error: unknown): string {
  try {
    return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
  } catch {
    return 'it throws something that cannot be read';
  }
}

function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 91 || c === 123) {
      if (++depth > limit) return true;
    } else if (c === 93 || c === 125) depth--;
  }
  return false;
}
