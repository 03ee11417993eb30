import { ForbiddenException, HttpException, UnauthorizedException } from '@nestjs/common';
import {
  ConfigurationError,
  ContextValidationError,
  DuplicateTaskError,
  InvalidTransitionError,
  NotFoundError,
  TaskerError,
  ValidationError,
} from '../../../src/core/errors.js';
import { problemOf } from '../../../src/rest/problems/problem-of.js';

const FIELDS = [{ path: 'name', code: 'required', message: 'is required' }];
const driver = (code: string) => Object.assign(new Error('relation "tasker_tasks" …'), { code, query: 'select 1' });

describe('what a client is told about', () => {
  it.each<[string, Error, object]>([
    ['a request that is not valid', new ValidationError('No.', FIELDS),
      { status: 400, title: 'Bad Request', code: 'INVALID_REQUEST', detail: 'No.', errors: FIELDS }],
    ['a context that does not fit', new ContextValidationError('a.b@1.0.0', FIELDS),
      { status: 400, code: 'INVALID_CONTEXT', errors: FIELDS }],
    ['what is not there', new NotFoundError('TASK_NOT_FOUND', 'There is no task 7.', { hint: 'Look again.' }),
      { status: 404, title: 'Not Found', code: 'TASK_NOT_FOUND', detail: 'There is no task 7.' }],
    ['a duplicate', new DuplicateTaskError(7),
      { status: 409, title: 'Conflict', code: 'DUPLICATE_TASK', existing_task_id: 7,
        detail: 'An identical request has already created task 7.' }],
    ['a move that is not possible', new InvalidTransitionError('task', 7, 'cancelled', 'cancel', []),
      { status: 409, code: 'INVALID_TRANSITION', state: 'cancelled', allowed: [],
        detail: 'Cannot cancel task 7: it is cancelled. Nothing can be done with it.' }],
    ['what a guard of the host refuses', new UnauthorizedException(),
      { status: 401, title: 'Unauthorized', code: 'UNAUTHORIZED', detail: 'Unauthorized' }],
    ['what a guard refuses in its own words', new ForbiddenException('Not in this tenant'),
      { status: 403, code: 'FORBIDDEN', detail: 'Not in this tenant' }],
    ['what a pipe of the host lists', new HttpException({ message: ['a', 'b'] }, 422),
      { status: 422, code: 'UNPROCESSABLE_ENTITY', detail: 'a; b' }],
    ['a status without a name', new HttpException('slow down', 499),
      { status: 499, title: 'Error', code: 'ERROR', detail: 'slow down' }],
  ])('%s', (_what, error, expected) => {
    expect(problemOf(error)).toMatchObject({ type: 'about:blank', ...expected });
  }); // prettier-ignore

  it.each(['08006', '25006', '28P01', '3D000', '40001', '40P01', '53300', '55P03', '57014', '57P01', '57P03', '58030'])(
    'a database out of service (%s): to try again later',
    (state) => {
      expect(problemOf(driver(state))).toEqual({
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        detail: 'The database cannot be used at the moment. Try again later.',
        code: 'DATABASE_UNAVAILABLE',
      });
    },
  );

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND'])('a broken connection (%s): the same', (code) => {
    expect(problemOf(driver(code))).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' });
  });

  it.each<[string, unknown]>([
    ['a statement that is wrong', driver('42P01')],
    ['a value that the database refuses', driver('22021')],
    ['a broken rule of the tables', driver('23505')],
    ['an error of ours that nobody expects here', new TaskerError('NOT_CREATED', 'The database did not …')],
    ['a wrong configuration', new ConfigurationError('postgres://user:secret@host')],
    ['a bug', new TypeError('x is not a function')],
    ['something thrown that is no error', 'oops'],
    ['nothing at all', undefined],
  ])('%s: nothing', (_what, error) => {
    expect(problemOf(error)).toBeUndefined();
  });
});
