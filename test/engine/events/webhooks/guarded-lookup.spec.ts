import type dns from 'node:dns';
import { ForbiddenAddressError, guardedLookup } from '../../../../src/engine/events/webhooks/guarded-lookup.js';

type Answer = { error: Error | null; addresses: unknown };

function look(found: string[], all = true, isTrusted = false): Promise<Answer> {
  const resolve = ((_host: string, _options: unknown, callback: (e: null, a: dns.LookupAddress[]) => void) =>
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof dns.lookup;
  return new Promise((done) => {
    guardedLookup(() => isTrusted, resolve)('hooks.example', { all }, (error, addresses) => done({ error, addresses }));
  });
}

it('hands on public addresses, all or the first', async () => {
  expect(await look(['8.8.8.8', '2606:4700::1'])).toEqual({
    error: null,
    addresses: [
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ],
  });
  expect(await look(['8.8.8.8'], false)).toEqual({ error: null, addresses: '8.8.8.8' });
});

it('refuses a name of which any address is not public', async () => {
  const { error } = await look(['8.8.8.8', '10.0.0.1']);
  expect(error).toBeInstanceOf(ForbiddenAddressError);
  expect(error!.message).toBe(
    '"hooks.example" leads to 10.0.0.1, which is not public, and webhooks may not lead there.',
  );
});

it('looks anew at every connection: a name that has changed its mind is refused', async () => {
  const answers = ['8.8.8.8', '127.0.0.1'];
  const resolve = ((_host: string, _options: unknown, callback: (e: null, a: dns.LookupAddress[]) => void) =>
    callback(null, [{ address: answers.shift()!, family: 4 }])) as unknown as typeof dns.lookup;
  const lookup = guardedLookup(() => false, resolve);
  const once = () =>
    new Promise((done) => lookup('rebind.example', { all: true }, (error) => done(error?.name ?? 'passed')));
  expect([await once(), await once()]).toEqual(['passed', 'ForbiddenAddressError']);
});

it('lets a trusted host be anywhere', async () => {
  expect((await look(['10.0.0.1'], true, true)).error).toBeNull();
});
