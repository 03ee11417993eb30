import { authRequestOf } from '../../src/auth/authenticator.js';
import {
  PassportAuthenticator,
  type PassportStrategy,
  RequestUserAuthenticator,
} from '../../src/auth/passport-authenticator.js';

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly user?: unknown;
}

/** As strategies of Passport are: it answers through methods that it finds on itself. */
class KeyStrategy implements PassportStrategy {
  declare success: (user: unknown) => void;
  declare fail: (challenge?: unknown) => void;
  declare pass: () => void;
  declare redirect: (url: string) => void;
  declare error: (error: unknown) => void;

  async authenticate(request: Request): Promise<void> {
    const key = request.headers['x-key'];
    // Others come in between: whoever kept the request in the strategy would mix them up.
    await new Promise((resolve) => setImmediate(resolve));
    if (key === 'pass') return this.pass();
    if (key === 'redirect') return this.redirect('/login');
    if (key === 'error') return this.error(new Error('directory is down'));
    if (key === 'throw') throw new Error('thrown');
    return key === undefined ? this.fail('no key') : this.success({ id: key });
  }
}

const passport = new PassportAuthenticator({
  strategy: new KeyStrategy(),
  principal: ({ id }: { id: string }) => (id === 'stranger' ? null : { subject: id, namespaces: [id] }),
});
const withKey = (key?: string) => authRequestOf({ headers: key === undefined ? {} : { 'x-key': key } });

it('asks the strategy, each request for itself', async () => {
  const keys = Array.from({ length: 50 }, (_, i) => `user-${i}`);
  const found = await Promise.all(keys.map((key) => passport.authenticate(withKey(key))));
  expect(found).toEqual(keys.map((key) => ({ subject: key, namespaces: [key] })));
});

it.each([undefined, 'pass', 'redirect'])('leaves to others what the strategy does not know (%s)', async (key) => {
  expect(await passport.authenticate(withKey(key))).toBeNull();
});

it.each(['error', 'throw'])('lets nobody in when the strategy fails (%s)', async (key) => {
  await expect(passport.authenticate(withKey(key))).rejects.toThrow(/directory is down|thrown/);
});

it('refuses a user who is nobody here', async () => {
  await expect(passport.authenticate(withKey('stranger'))).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
});

it('takes over the user that somebody else has found', async () => {
  const taken = new RequestUserAuthenticator({ principal: ({ id }: { id: string }) => (id ? { subject: id } : null) });
  expect(await taken.authenticate(authRequestOf({ headers: {}, user: { id: 'ann' } }))).toEqual({ subject: 'ann' });
  for (const user of [undefined, null])
    expect(await taken.authenticate(authRequestOf({ headers: {}, user }))).toBeNull();
  for (const user of [false, '', {}]) {
    const request = authRequestOf({ headers: {}, user });
    await expect(taken.authenticate(request)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  }
});

it('says what it was given wrongly', () => {
  const principal = () => null;
  expect(() => new PassportAuthenticator({ strategy: {}, principal } as never)).toThrow('option "strategy" must be');
  expect(() => new PassportAuthenticator({ strategy: new KeyStrategy() } as never)).toThrow(
    'option "principal" must be',
  );
  expect(() => new RequestUserAuthenticator({} as never)).toThrow('option "principal" must be');
});
