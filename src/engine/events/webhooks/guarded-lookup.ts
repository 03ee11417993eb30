import dns, { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../../../core/network-address.js';

/** A name that leads, perhaps among others, to an address that is not to be reached. */
export class ForbiddenAddressError extends Error {
  constructor(host: string, address: string) {
    super(
      host === address
        ? `The address ${address} is not public, and webhooks may not lead there.`
        : `"${host}" leads to ${address}, which is not public, and webhooks may not lead there.`,
    );
    this.name = 'ForbiddenAddressError';
  }
}

/**
 * Looks a name up for a connection and hands on only addresses of the public internet. It is the lookup of the connection
 * itself: what was checked is what is connected to, whatever the name says a moment later.
 */
export function guardedLookup(
  isTrusted: (host: string) => boolean,
  resolve: typeof dns.lookup = dns.lookup,
): LookupFunction {
  return (hostname, options, callback) => {
    const wantsAll = options.all === true;
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, '', 0);
      const inside = isTrusted(hostname) ? undefined : found.find(({ address }) => !isPublicAddress(address));
      if (inside) return callback(new ForbiddenAddressError(hostname, inside.address), '', 0);
      if (wantsAll) return callback(null, found, 0);
      const [first] = found;
      callback(null, first!.address, first!.family);
    });
  };
}

/** What a connection to a literal address would never look up. @throws ForbiddenAddressError */
export function refuseInnerAddress(host: string, isTrusted: (host: string) => boolean): void {
  const address = host.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isTrusted(address) && !isPublicAddress(address)) {
    throw new ForbiddenAddressError(address, address);
  }
}
