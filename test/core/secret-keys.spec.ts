import { DEFAULT_PUBLIC_KEYS, DEFAULT_SECRET_KEYS, SecretKeys } from '../../src/core/secret-keys.js';

const keys = new SecretKeys(DEFAULT_SECRET_KEYS, DEFAULT_PUBLIC_KEYS);

it.each([
  'password', 'userPassword', 'PASSWD', 'client_secret', 'accessToken', 'refresh_tokens', 'x-api-key', 'apiKey', 'APIKEY',
  'Authorization', 'Set-Cookie', 'credentials', 'privateKey', 'encrypted_body', 'salt', 'otp', 'user.ssn', 'cvv', 'CVV2',
  'card_number', 'cardNumber', 'iban', 'pin', 'certificate', 'stripe_key', 'signing-keys', 'sessionId', 'x'.repeat(300),
])('takes %s for a secret', (key) => expect(keys.has(key)).toBe(true)); // prettier-ignore

it.each([
  'name', 'order_id', 'email', 'footprint', 'basalt', 'spinning', 'key', 'keyboard', 'monkey', 'idempotency_key',
  'idempotencyKey', 'primary_key', 'max_tokens', 'token_count', 'tokensUsed', 'cryptocurrency', 'card_type', '', '__proto__',
])('takes %s for none', (key) => expect(keys.has(key)).toBe(false)); // prettier-ignore

it('compares texts in one spelling, and expressions with both', () => {
  const own = new SecretKeys(['tax id', /^Internal/], ['tax_id_country']);
  expect(['taxId', 'TAX-ID', 'customer_tax_id', 'InternalNote'].map((key) => own.has(key))).toEqual(
    Array(4).fill(true),
  );
  expect(['taxIdCountry', 'internalNote', 'password'].map((key) => own.has(key))).toEqual(Array(3).fill(false));
});

it('does not forget between two names what an expression with the flag g is for', () => {
  const own = new SecretKeys([/note/g], []);
  expect(['note', 'note2', 'note3', 'notes'].map((key) => own.has(key))).toEqual(Array(4).fill(true));
});
