import { type StepRecord, type TaskerOptions } from 'nestjs-tasker';
import { handlerOf } from '../support/mock-handlers.js';
import { useTestApps } from '../support/use-test-apps.js';

const test = useTestApps();

/** Runs a step that returns this, and one that follows it and tells what it read. */
async function stepsReturning(value: () => unknown, execution?: TaskerOptions['execution']): Promise<StepRecord[]> {
  const app = await test.start({
    definitions: [
      {
        name: 'returns',
        steps: [
          { name: 'first', handler: 'returning' },
          { name: 'second', handler: 'reading', dependsOn: ['first'] },
        ],
      },
    ],
    providers: [
      handlerOf('returning', value),
      handlerOf('reading', ({ sequence }) => ({ read: sequence.results('first') as unknown })),
    ],
    options: { execution },
  });
  const { taskId } = await app.tasker.createTask({ name: 'returns' });
  return [...(await app.tasker.waitForTask(taskId)).steps];
}

const json = (text: string): unknown => JSON.parse(text);
const nested = (levels: number) => json('['.repeat(levels) + ']'.repeat(levels));
const circle: Record<string, unknown> = {};
circle.self = circle;

it.each([
  ['a circle', () => circle, /cannot be written as JSON: Converting circular structure/],
  ['a BigInt', () => ({ n: 1n }), /cannot be written as JSON: Do not know how to serialize a BigInt/],
  ['a NUL character', () => ['a\0b'], /NUL character/],
  ['a NUL character in a key', () => ({ 'a\0': 1 }), /NUL character/],
  ['half a surrogate pair', () => ({ text: '\uD83D' }), /half of a surrogate pair/],
  ['1,000 levels', () => nested(1_000), /nested deeper than 500 levels/],
  ['a toJSON that throws', () => ({ toJSON: () => { throw new Error('not today'); } }), /not today/],
])('fails the step for good, in words that name it, when its results contain %s', async (_what, value, message) => {
  const [first, second] = await stepsReturning(value);
  expect(first).toMatchObject({
    state: 'error',
    attempts: 1,
    readyAt: null,
    results: null,
    error: { errorCode: 'RESULT_NOT_STORABLE', permanent: true },
  });
  expect(first!.error!.message).toMatch(message);
  expect(first!.error!.message).toContain('step "first"');
  expect(second).toMatchObject({ state: 'pending', attempts: 0 });
}); // prettier-ignore

it('fails the step for good when its results are too large, and names both sizes', async () => {
  const [first] = await stepsReturning(() => ({ data: 'x'.repeat(5 * 1024 * 1024) }));
  expect(first).toMatchObject({
    state: 'error',
    attempts: 1,
    error: { errorCode: 'RESULT_TOO_LARGE', permanent: true },
  });
  expect(first!.error!.message).toMatch(/step "first" are 5242891 bytes of JSON; the limit is 1048576 bytes/);
});

it('keeps results up to the limit that is set', async () => {
  const data = 'é'.repeat(2 * 1024 * 1024);
  const [first, second] = await stepsReturning(() => data, { maxResultBytes: 5 * 1024 * 1024 });
  expect([first!.state, second!.state]).toEqual(['complete', 'complete']);
  expect(second!.results).toEqual({ read: data });
}, 30_000);

it.each([
  ['nothing', undefined, null],
  ['null', null, null],
  ['a number', 0, 0],
  ['false', false, false],
  ['an empty text', '', ''],
  ['NaN', { ratio: NaN }, { ratio: null }],
  ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
  ['a Map', { map: new Map([['a', 1]]) }, { map: {} }],
  ['a member that is undefined', { a: undefined, b: [undefined] }, { b: [null] }],
  ['a function', () => 1, null],
  ['400 levels', nested(400), nested(400)],
  ['a text that only looks like an escape', '\\u0000 \\ud83d', '\\u0000 \\ud83d'],
  ['a key of an ancient trick', json('{"__proto__": {"a": 1}}'), json('{"__proto__": {"a": 1}}')],
])(
  'stores what JSON makes of it when a handler returns %s, and the next step reads that',
  async (_what, value, stored) => {
    const [first, second] = await stepsReturning(() => value);
    expect(first).toMatchObject({ state: 'complete', results: stored });
    expect(second!.results).toEqual({ read: stored });
  },
);
