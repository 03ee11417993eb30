import { resolveOptions } from '../src/tasker.options.js';

const authenticators = [{ authenticate: () => null }];
const resolve = (auth: unknown) => resolveOptions({ auth } as never);

it('is off unless it is given', () => {
  for (const auth of [undefined, false]) expect(resolve(auth).auth).toBeNull();
  expect(resolve({ authenticators }).auth).toEqual({ authenticators });
});

it.each([
  ['auth', true],
  ['auth', 'on'],
  ['auth.authenticators', {}],
  ['auth.authenticators', { authenticators: [] }],
  ['auth.authenticators', { authenticators: authenticators[0] }],
  ['auth.authenticators[1]', { authenticators: [...authenticators, { secret: 'hidden' }] }],
  ['auth.roles', { authenticators, roles: [] }],
  ['auth.roles.viewer', { authenticators, roles: { viewer: '*.show' } }],
  ['auth.roles.viewer[1]', { authenticators, roles: { viewer: ['*.show', 'task.sho'] } }],
  ['auth.adminRole', { authenticators, adminRole: true }],
  ['auth.coordinator', { authenticators, coordinator: {} }],
  ['auth.roles', { authenticators, roles: {}, coordinator: { authorize: (): boolean => true } }],
  ['auth.adminRole', { authenticators, adminRole: 'root', coordinator: { authorize: (): boolean => true } }],
])('refuses a wrong "%s" by its name', (key, auth) => {
  expect(() => resolve(auth)).toThrow(`TaskerModule's option "${key}" must be`);
  expect(() => resolve(auth)).not.toThrow('hidden');
});

it('refuses what it does not know', () => {
  const auth = { authenticators, role: {} };
  expect(() => resolve(auth)).toThrow('does not know the option "auth.role". Did you mean "roles"?');
});
