import { type HttpHeaders } from './read-body.js';

interface Wish {
  readonly type: string;
  readonly weight: number;
}

/** Which of the media types the Accept header prefers, of equals the first named there; undefined when it names none. */
export function preferred(accept: HttpHeaders[string], types: readonly string[]): string | undefined {
  if (typeof accept !== 'string' || accept.length > 1_000) return undefined;
  const wishes = accept
    .split(',')
    .map(wish)
    .filter(({ type, weight }) => weight > 0 && types.includes(type));
  return wishes.sort((a, b) => b.weight - a.weight)[0]?.type;
}

function wish(text: string): Wish {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = quality === undefined ? 1 : Number(quality.slice(2));
  return { type, weight: Number.isFinite(weight) ? weight : 0 };
}
