import { checkTaskQuery } from '../../src/engine/task-query.js';
import { type TaskQuery } from '../../src/persistence/task-list.js';

it('lets through what can be meant', () => {
  const query: TaskQuery = {
    namespace: 'shop',
    states: ['error'],
    tags: ['🙂'],
    limit: 1000,
    offset: 0,
    name: undefined,
  };
  expect(checkTaskQuery(query)).toBe(query);
  expect(checkTaskQuery({})).toEqual({});
});

it.each<[string, object, RegExp]>([
  ['a negative limit', { limit: -1 }, /limit must be a whole number from 1 to 1000/],
  ['no number', { offset: '5' }, /offset must be a whole number/],
  ['an unknown state', { states: ['done'] }, /states must be a list of task states/],
  ['an unknown column', { sortBy: 'context' }, /sortBy must be one of task_id/],
  ['an unknown field', { state: 'error' }, /state is not a field of a task query\. Did you mean "states"\?/],
  ['a date that is none', { createdAfter: new Date(NaN) }, /createdAfter must be a valid Date/],
  ['a NUL character', { name: 'a\u0000' }, /name must be text/],
])('refuses %s by its name', (_what, query, message) => {
  expect(() => checkTaskQuery(query as TaskQuery)).toThrow(message);
});
