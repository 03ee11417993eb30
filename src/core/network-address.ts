/**
 * Whether an IP address belongs to the public internet. What cannot be read, and what nobody has been given, does not: a
 * request that must not reach the inside is better refused than sent.
 */
export function isPublicAddress(address: string): boolean {
  const v4 = parseV4(address);
  if (v4) return isPublicV4(v4);
  const v6 = parseV6(address);
  return v6 !== undefined && isPublicV6(v6);
}

type Octets = readonly number[];

/** First octets and length of what is not public (IANA's special-purpose registry). */
const RESERVED_V4: readonly (readonly [Octets, number])[] = [
  [[0], 8], // this network
  [[10], 8], // private
  [[100, 64], 10], // shared, behind a carrier's translation
  [[127], 8], // this machine
  [[169, 254], 16], // link-local; clouds tell machines their credentials here
  [[172, 16], 12], // private
  [[192, 0, 0], 24], // protocol assignments
  [[192, 0, 2], 24], // documentation
  [[192, 88, 99], 24], // 6to4 relays, given up
  [[192, 168], 16], // private
  [[198, 18], 15], // benchmarks
  [[198, 51, 100], 24], // documentation
  [[203, 0, 113], 24], // documentation
  [[224], 4], // multicast
  [[240], 4], // reserved, broadcast
];

function isPublicV4(octets: Octets): boolean {
  return !RESERVED_V4.some(([prefix, bits]) => startsWith(octets, prefix, bits, 8));
}

type Groups = readonly number[];

/** Within 2000::/3, the only part that is given out. */
const RESERVED_V6: readonly (readonly [Groups, number])[] = [
  [[0x2001, 0], 23], // protocol assignments, Teredo among them
  [[0x2001, 0xdb8], 32], // documentation
  [[0x2002], 16], // 6to4, which wraps an IPv4 address
  [[0x3fff, 0], 20], // documentation
];

function isPublicV6(groups: Groups): boolean {
  const wrapped = wrappedV4(groups);
  if (wrapped) return isPublicV4(wrapped);
  if (!startsWith(groups, [0x2000], 3, 16)) return false;
  return !RESERVED_V6.some(([prefix, bits]) => startsWith(groups, prefix, bits, 16));
}

/** The IPv4 address in a mapped one (::ffff:0:0/96), or in one for a translator (64:ff9b::/96). */
function wrappedV4(groups: Groups): Octets | undefined {
  const isMapped = startsWith(groups, [0, 0, 0, 0, 0, 0xffff], 96, 16);
  if (!isMapped && !startsWith(groups, [0x64, 0xff9b, 0, 0, 0, 0], 96, 16)) return undefined;
  return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255];
}

/** Whether the first `bits` bits of an address are those of a prefix. */
function startsWith(parts: readonly number[], prefix: readonly number[], bits: number, width: number): boolean {
  for (let index = 0, left = bits; left > 0; index++, left -= width) {
    const mask = left >= width ? 2 ** width - 1 : 2 ** width - 2 ** (width - left);
    if ((parts[index]! & mask) !== ((prefix[index] ?? 0) & mask)) return false;
  }
  return true;
}

/** Dotted, in decimal: what a resolver gives, and what `URL` makes of all other spellings. */
function parseV4(text: string): Octets | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

/** A zone (`%eth0`) only stands behind addresses that are not public. */
function parseV6(text: string): Groups | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail) {
    const octets = parseV4(tail[2]!);
    if (!octets) return undefined;
    const [a, b, c, d] = octets as [number, number, number, number];
    return parseV6(`${tail[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`);
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, rest] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...head!, ...(rest ?? [])];
  if (!given.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  const missing = 8 - given.length;
  if (rest === undefined ? missing !== 0 : missing < 1) return undefined;
  const zeros = Array.from({ length: missing }, () => '0');
  return [...head!, ...zeros, ...(rest ?? [])].map((group) => parseInt(group, 16));
}
