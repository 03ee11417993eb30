import { resolveOptions } from '../src/tasker.options.js';

const HOOK = {
  name: 'shop',
  url: 'https://shop.example/',
  events: ['task.*'],
  secret: 'a secret that is long enough'.replaceAll(' ', '-'),
};

it('has defaults', () => {
  expect(resolveOptions({}).webhooks).toEqual({
    ...{
      allowPrivateNetworks: false,
      allowedHosts: [],
      timeoutMs: 10_000,
      maxFailures: 20,
      disableAfterSeconds: 3_600,
    },
    declared: [],
  });
});

it.each([
  [{ timeoutMs: 0 }, 'webhooks.timeoutMs" must be a whole number'],
  [{ allowedHosts: ['https://x'] }, 'webhooks.allowedHosts" must be a list of host names'],
  [{ allowPrivateNetwork: true }, 'does not know the option "webhooks.allowPrivateNetwork". Did you mean'],
  [{ declared: [{ ...HOOK, secret: undefined }] }, 'webhooks.declared[0].secret" must be given'],
  [
    { declared: [{ ...HOOK, url: 'http://shop.example' }] },
    'webhooks.declared[0]" must be a valid webhook: url must begin',
  ],
  [{ declared: [HOOK, HOOK] }, 'webhooks.declared" must be a list in which no name stands twice; it is "shop"'],
])('refuses %j at boot', (webhooks, message) => expect(() => resolveOptions({ webhooks } as never)).toThrow(message));

it('never shows the secret of a webhook that it refuses', () => {
  const refused = () => resolveOptions({ webhooks: { declared: [{ ...HOOK, name: '-' }] } });
  expect(refused).toThrow(/name must be/);
  expect(refused).not.toThrow(HOOK.secret);
});
