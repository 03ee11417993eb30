import { Redactor } from '../src/core/redaction.js';
import { resolveOptions } from '../src/tasker.options.js';

const resolve = (options: object) => resolveOptions(options);

it('has defaults', () => {
  const { redaction, logging } = resolve({});
  expect(redaction).toMatchObject({ mask: '[FILTERED]', emails: false, api: true });
  expect(logging).toEqual({ format: 'text', level: 'debug' });
});

it('adds to the names of secrets, and takes exceptions', () => {
  const { redaction } = resolve({ redaction: { keys: ['tax id', /^x-/], except: ['token'], mask: '***' } });
  expect(new Redactor(redaction).value({ taxId: 1, 'x-a': 1, token: 't', password: 'p' })).toEqual({
    ...{ taxId: '***', 'x-a': '***' },
    ...{ token: 't', password: '***' },
  });
});

it.each([
  [{ redaction: { keys: 'a' } }, 'redaction.keys" must be a list of texts and regular expressions'],
  [{ redaction: { keys: [1] } }, 'redaction.keys" must be a list of texts and regular expressions'],
  [{ redaction: { except: [''] } }, 'redaction.except" must be a list'],
  [{ redaction: { mask: '' } }, 'redaction.mask" must be text of 1 to 100 characters'],
  [{ redaction: { emails: 'yes' } }, 'redaction.emails" must be true or false'],
  [{ redaction: { api: 1 } }, 'redaction.api" must be true or false'],
  [{ redaction: { key: [] } }, 'does not know the option "redaction.key". Did you mean "keys"?'],
  [{ redaction: false }, 'redaction" must be an object'],
  [{ logging: { format: 'xml' } }, `logging.format" must be 'text' or 'json'`],
  [{ logging: { level: 'verbose' } }, `logging.level" must be 'debug' or 'info' or 'warn' or 'error'`],
])('refuses %j at boot', (options, message) => expect(() => resolve(options)).toThrow(message));
