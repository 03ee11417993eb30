import fc from 'fast-check';
import { HashIdentity, identityOfKey, UniqueIdentity, type IdentityInput } from '../../src/core/identity.js';

const INPUT: IdentityInput = {
  namespace: 'shop',
  name: 'process_order',
  version: '1.0.0',
  initiator: 'api',
  sourceSystem: 'web',
  reason: 'checkout',
  context: { order: { id: 7, lines: [1, 2] }, note: 'gift 🎁' },
  bypassSteps: [],
  tags: ['a', 'b'],
  requestedAt: new Date('2026-03-01T12:00:05Z'),
};

describe('UniqueIdentity', () => {
  it('never gives the same identity twice', () => {
    const strategy = new UniqueIdentity();
    expect(new Set(Array.from({ length: 1_000 }, () => strategy.identityOf()))).toHaveProperty('size', 1_000);
  });
});

describe('HashIdentity', () => {
  const strategy = new HashIdentity();

  it('gives equal requests of one minute one identity, whatever the order of their keys', () => {
    const again = {
      ...INPUT,
      context: { note: 'gift 🎁', order: { lines: [1, 2], id: 7 } },
      requestedAt: new Date('2026-03-01T12:00:59.999Z'),
    };
    expect(strategy.identityOf(again)).toBe(strategy.identityOf(INPUT));
  });

  it('fits its column', () => {
    expect(strategy.identityOf(INPUT)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['namespace', 'other'],
    ['name', 'other'],
    ['version', '1.0.1'],
    ['initiator', 'cron'],
    ['sourceSystem', 'app'],
    ['reason', 'again'],
    ['context', { order: { id: 7, lines: [2, 1] }, note: 'gift 🎁' }],
    ['bypassSteps', ['validate']],
    ['tags', ['b', 'a']],
    ['requestedAt', new Date('2026-03-01T12:01:00Z')],
  ] as const)('differs when %s does', (field, value) => {
    expect(strategy.identityOf({ ...INPUT, [field]: value })).not.toBe(strategy.identityOf(INPUT));
  });
});

describe('identityOfKey', () => {
  it('belongs to one namespace, name and key, however the three are cut', () => {
    const parts = fc.tuple(fc.string(), fc.string(), fc.string());
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const same = a.every((part, i) => part === b[i]);
        expect(identityOfKey(...a) === identityOfKey(...b)).toBe(same);
      }),
    );
    expect(identityOfKey('ab', 'c', 'd')).not.toBe(identityOfKey('a', 'bc', 'd'));
  });

  it('fits its column and is never taken for a hash of a request', () => {
    const identity = identityOfKey('n', 't', 'x'.repeat(10_000));
    expect(identity.length).toBeLessThanOrEqual(128);
    expect(identity).toMatch(/^key:/);
  });
});
