/**
 * An event as it is written for others: the library's own names in snake_case, as in the REST interface; what an
 * application put into the payload of its event as that wrote it.
 */
export function toWire(event: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(event).map(([key, value]) => [snake(key), key === 'payload' ? value : plain(value)]),
  );
}

/** Ours are flat, but for the error of a failure. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? toWire(value) : value;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
