import fc from 'fast-check';
import { hashToken, looksLikeToken, matchesHash, newToken, prefixOf } from '../../src/auth/token-format.js';

it('makes tokens that differ, and finds each by its prefix', () => {
  const made = Array.from({ length: 200 }, newToken);
  expect(new Set(made.map(({ token }) => token)).size).toBe(200);
  for (const { token, prefix, hash } of made) {
    expect([looksLikeToken(token), prefixOf(token), hashToken(token)]).toEqual([true, prefix, hash]);
    expect(token.includes(hash)).toBe(false);
  }
});

it('matches a hash with the one text that it is of', () => {
  const { token, hash } = newToken();
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.constant(token)), (text) => matchesHash(text, hash) === (text === token)),
  );
});

it('finds no prefix in anything else', () => {
  fc.assert(fc.property(fc.string(), (text) => prefixOf(text) === undefined));
  expect(prefixOf(`${newToken().token}\n`)).toBeUndefined();
});
