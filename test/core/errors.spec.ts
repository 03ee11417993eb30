import {
  ConfigurationError,
  ContextValidationError,
  DuplicateTaskError,
  InvalidDefinitionError,
  InvalidTransitionError,
  NotFoundError,
  TaskerError,
  ValidationError,
  WaitTimeoutError,
} from '../../src/core/errors.js';

describe('TaskerError', () => {
  it('carries a code, the facts, the cause, and a hint that is read with the message', () => {
    const cause = new Error('socket closed');
    const error = new TaskerError('SOME_CODE', 'Did something.', { hint: 'Try again.', details: { id: 7 }, cause });
    expect(error).toMatchObject({
      code: 'SOME_CODE',
      message: 'Did something. Try again.',
      hint: 'Try again.',
      details: { id: 7 },
    });
    expect(error.cause).toBe(cause);
    expect(error.name).toBe('TaskerError');
  });

  it('has neither cause nor hint when none was given', () => {
    expect(new TaskerError('X', 'x').message).toBe('x');
    expect('cause' in new TaskerError('X', 'x')).toBe(false);
  });

  it.each([
    [new ConfigurationError('x'), 'INVALID_CONFIGURATION'],
    [new ConfigurationError('x', { code: 'MISSING_VARIABLE' }), 'MISSING_VARIABLE'],
    [new InvalidDefinitionError([]), 'INVALID_DEFINITION'],
    [new ValidationError('x', []), 'INVALID_REQUEST'],
    [new ContextValidationError('d', []), 'INVALID_CONTEXT'],
    [new NotFoundError('TASK_NOT_FOUND', 'x'), 'TASK_NOT_FOUND'],
    [new DuplicateTaskError(7), 'DUPLICATE_TASK'],
    [new InvalidTransitionError('task', 1, 'complete', 'retry', []), 'INVALID_TRANSITION'],
    [new WaitTimeoutError(1, 10, 'pending'), 'WAIT_TIMEOUT'],
  ])('is the base of %s, with the code %s', (error, code) => {
    expect(error).toBeInstanceOf(TaskerError);
    expect(error.code).toBe(code);
    expect(error.name).toBe(error.constructor.name);
  });
});

describe('InvalidDefinitionError', () => {
  it('lists every issue on a line of its own, with its place', () => {
    const error = new InvalidDefinitionError([
      { code: 'A', message: 'first', source: 'x.yaml', line: 3, column: 5 },
      { code: 'B', message: 'second', source: 'ProcessOrder' },
      { code: 'C', message: 'third', source: 'y.yaml', line: 9 },
    ]);
    expect(error.message.split('\n')).toEqual([
      'The workflow definitions have 3 problems:',
      '  x.yaml:3:5 A: first',
      '  ProcessOrder: B: second',
      '  y.yaml:9:1 C: third',
    ]);
    expect(error.details).toEqual({ issues: error.issues });
  });
});

describe('ContextValidationError', () => {
  it('names the definition and each field', () => {
    const error = new ContextValidationError('shop.order@1.0.0', [
      { path: 'context.id', code: 'required', message: 'is required' },
      { path: 'context.n', code: 'type', message: 'must be number' },
    ]);
    expect(error.message).toBe(
      'The context does not fit the schema of shop.order@1.0.0: context.id is required; context.n must be number',
    );
    expect(error.errors).toHaveLength(2);
  });
});

describe('InvalidTransitionError', () => {
  it('says where the entity is and where it may go', () => {
    expect(new InvalidTransitionError('step', 4, 'error', 'complete', ['pending', 'cancelled']).message).toBe(
      'Cannot complete step 4: it is error. What can be done: pending, cancelled.',
    );
    expect(new InvalidTransitionError('task', 4, 'cancelled', 'retry', []).message).toContain(
      'Nothing can be done with it.',
    );
  });
});
