import { errorCategory } from 'nestjs-tasker';

it.each([
  [null, 'unknown'],
  [undefined, 'unknown'],
  ['', 'unknown'],
  ['  ', 'unknown'],
  ['TimeoutError', 'timeout'],
  ['Net::ReadTimeout', 'timeout'],
  ['ConnectionError', 'network'],
  ['NetworkError', 'network'],
  ['NotFoundError', 'not_found'],
  ['MissingResource', 'not_found'],
  ['Http404', 'not_found'],
  ['UnauthorizedError', 'auth'],
  ['ForbiddenException', 'auth'],
  ['Http401', 'auth'],
  ['Http403', 'auth'],
  ['RateLimitError', 'rate_limit'],
  ['TooManyRequestsException', 'rate_limit'],
  ['Http429', 'rate_limit'],
  ['BadRequestException', 'client_error'],
  ['InvalidArgument', 'client_error'],
  ['Http400', 'client_error'],
  ['InternalServerErrorException', 'server_error'],
  ['InternalError', 'server_error'],
  ['Http500', 'server_error'],
  ['StandardError', 'runtime'],
  ['RuntimeError', 'runtime'],
  ['Error', 'runtime'],
  ['RetryableError', 'runtime'],
  ['SomeOtherError', 'other'],
  ['timeouterror', 'timeout'],
] as const)('takes %p for %s', (errorClass, category) => expect(errorCategory(errorClass)).toBe(category));

it('takes the first that fits', () => {
  expect(errorCategory('ConnectionTimeout')).toBe('timeout');
  expect(errorCategory('InvalidConnection')).toBe('network');
  expect(errorCategory('MissingUnauthorized')).toBe('not_found');
});

it.each([
  ['ECONNRESET', 'network'],
  ['ECONNREFUSED', 'network'],
  ['ENOTFOUND', 'network'],
  ['EAI_AGAIN', 'network'],
  ['ETIMEDOUT', 'timeout'],
  ['STEP_TIMEOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['408', 'timeout'],
  ['404', 'not_found'],
  ['ORDER_NOT_FOUND', 'not_found'],
  ['401', 'auth'],
  ['403', 'auth'],
  ['429', 'rate_limit'],
  ['422', 'client_error'],
  ['INVALID_CARD', 'client_error'],
  ['503', 'server_error'],
  ['5031', 'runtime'],
  ['OUT_OF_STOCK', 'runtime'],
] as const)('looks at the code %s when the class says little: %s', (code, category) => {
  expect(errorCategory('RetryableError', code)).toBe(category);
});

it('believes a class that says something, and a code when there is no class', () => {
  expect(errorCategory('ConnectionError', '503')).toBe('network');
  expect(errorCategory(null, '503')).toBe('server_error');
  expect(errorCategory(null, 'WHAT')).toBe('unknown');
});
