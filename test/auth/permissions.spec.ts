import fc from 'fast-check';
import { covers, faultOfPattern, PERMISSIONS, RESOURCES } from '../../src/auth/permissions.js';
import { RoleCoordinator } from '../../src/auth/coordinator.js';
import { toPrincipal } from '../../src/auth/principal.js';

const permission = fc.constantFrom(...PERMISSIONS).map((text) => text.split('.') as [string, string]);
const pattern = fc.oneof(
  fc.constantFrom(...PERMISSIONS, '*', '*.*', 'task.*', '*.show', 'workflow_step.*'),
  fc.string(),
  fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}.${b}`),
);

it('knows every pair of the resources and their actions', () => {
  expect(PERMISSIONS).toHaveLength(Object.values(RESOURCES).flat().length);
  expect(PERMISSIONS).toEqual(expect.arrayContaining(['task.create', 'workflow_step.skip', 'metrics.index']));
});

it('covers with a pattern exactly what its parts say', () => {
  fc.assert(
    fc.property(pattern, permission, (text, [resource, action]) => {
      const parts = text.split('.');
      const expected =
        text === '*' ||
        (parts.length === 2 && ['*', resource].includes(parts[0]!) && ['*', action].includes(parts[1]!));
      expect(covers(text, resource, action)).toBe(expected);
    }),
  );
});

it('takes a star for one whole part, and reads nothing else as one', () => {
  for (const text of [
    '',
    '.',
    'task',
    'task.',
    '.show',
    'ta*.show',
    'task.sh*',
    'task.show.*',
    '**',
    'TASK.show',
    ' task.show',
    'task.show ',
  ]) {
    expect([text, PERMISSIONS.filter((one) => covers(text, ...(one.split('.') as [string, string])))]).toEqual([
      text,
      [],
    ]);
  }
});

it('finds fault with a pattern exactly when it covers nothing', () => {
  fc.assert(
    fc.property(pattern, (text) => {
      const coversOne = PERMISSIONS.some((one) => covers(text, ...(one.split('.') as [string, string])));
      expect(faultOfPattern(text) === undefined).toBe(coversOne);
    }),
  );
  expect(faultOfPattern('task.cancle')).toBe('fits no permission. Did you mean "task.cancel"?');
  expect(faultOfPattern(7)).toBe('is no text');
});

describe('roles', () => {
  const ROLES = { viewer: ['*.index', '*.show'], operator: ['task.*'] };
  const roles = new RoleCoordinator(ROLES, 'admin');
  const may = (who: { roles?: string[]; permissions?: string[] }, text: string, asked = roles) =>
    asked.authorize(toPrincipal({ subject: 'x', ...who }), ...(text.split('.') as [string, string]));

  it('grant what they and the credential say, together, and nothing more', () => {
    const names = fc.subarray(['viewer', 'operator', 'nobody', '__proto__', 'constructor', 'toString']);
    fc.assert(
      fc.property(names, fc.array(pattern, { maxLength: 3 }), permission, (held, own, [resource, action]) => {
        const granted = [...own, ...held.flatMap((name) => ROLES[name as keyof typeof ROLES] ?? [])].filter(
          (one) => typeof one === 'string',
        );
        expect(may({ roles: held, permissions: own }, `${resource}.${action}`)).toBe(
          granted.some((one) => covers(one, resource, action)),
        );
      }),
    );
  });

  it('let administrators do everything, unless there are none', () => {
    for (const one of PERMISSIONS) expect(may({ roles: ['admin'] }, one)).toBe(true);
    const without = new RoleCoordinator(ROLES, false);
    for (const one of PERMISSIONS) expect(may({ roles: ['admin'] }, one, without)).toBe(false);
  });
});

describe('a principal', () => {
  it.each([
    ['subject', { subject: '' }],
    ['roles', { subject: 'x', roles: 'admin' }],
    ['permissions', { subject: 'x', permissions: [7] }],
    ['namespaces', { subject: 'x', namespaces: 'payments' }],
    ['namespaces', { subject: 'x', namespaces: [null] }],
  ])('whose "%s" could be misread is refused', (field, input) => {
    expect(() => toPrincipal(input as never)).toThrow(`whose "${field}" is not`);
  });

  it('cannot be changed, neither by who made it nor by who reads it', () => {
    const namespaces = ['payments'];
    const principal = toPrincipal({ subject: 'x', namespaces });
    namespaces.push('other');
    expect(principal.namespaces).toEqual(['payments']);
    expect(() => (principal.namespaces as string[]).push('other')).toThrow();
  });
});
