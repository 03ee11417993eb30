import fc from 'fast-check';
import { SYSTEM_EVENTS } from '../../../../src/core/events/catalogue.js';
import { eventNamesOf } from '../../../../src/core/events/lifecycle-events.js';
import { matchesPattern } from '../../../../src/core/events/patterns.js';
import { STEP_STATES, TASK_STATES } from '../../../../src/core/states.js';
import { sourcesOf } from '../../../../src/engine/events/durable/stream-sources.js';

it('of one event are the moves that it stands for', () => {
  const sources = sourcesOf(['task.completed']);
  expect(sources.stepMoves).toBeNull();
  expect(sources.eventRoots).toBeNull();
  expect(sources.taskMoves).toContain('in_progress>complete');
  expect(new Set(sources.taskMoves!.map((move) => move.split('>')[1]))).toEqual(new Set(['complete']));
  expect(sourcesOf(['task.retry_requested']).taskMoves).toEqual(['error>pending']);
  expect(sourcesOf(['task.initialize_requested']).taskMoves).toContain('>pending');
});

it('of tasks leave the history of steps alone, and the other way round', () => {
  expect(sourcesOf(['task.*'])).toMatchObject({ stepMoves: null, eventRoots: null });
  expect(sourcesOf(['step.*', 'observability.**'])).toMatchObject({ taskMoves: null, eventRoots: null });
  expect(sourcesOf(['order.shipped', 'refund.*'])).toEqual({
    taskMoves: null,
    stepMoves: null,
    eventRoots: ['order', 'refund'],
  });
  expect(sourcesOf(['subscriber.dead_lettered'])).toMatchObject({ taskMoves: null, eventRoots: ['subscriber'] });
});

it('of everything are everything', () => {
  const sources = sourcesOf(['**']);
  expect(sources.taskMoves).toHaveLength((TASK_STATES.length + 1) * TASK_STATES.length);
  expect(sources.stepMoves).toHaveLength((STEP_STATES.length + 1) * STEP_STATES.length);
  expect(sources.eventRoots).toBe('all');
});

it('leave out no row of which an event would fit', () => {
  const base = { taskId: 1, sortKey: 1, at: new Date(0) };
  const metadata = fc.constantFrom<Record<string, unknown>>(
    {},
    { next_retry_at: null, error: { message: 'x', permanent: true } },
    { next_retry_at: null, error: { message: 'x' } },
    { next_retry_at: '2031-01-01T00:00:00Z', error: { message: 'x' } },
    { next_retry_at: 'infinity', error: {} },
  );
  const change = fc.oneof(
    fc.record({
      kind: fc.constant('task' as const),
      from: fc.constantFrom(null, ...TASK_STATES),
      to: fc.constantFrom(...TASK_STATES),
      metadata,
    }),
    fc.record({
      kind: fc.constant('step' as const),
      stepId: fc.constant(1),
      position: fc.constant(0),
      from: fc.constantFrom(null, ...STEP_STATES),
      to: fc.constantFrom(...STEP_STATES),
      metadata,
    }),
  );
  const patterns = SYSTEM_EVENTS.map(({ name }) => name);
  const pattern = fc.constantFrom(...patterns, 'task.*', 'step.*', '*.completed', 'observability.*.*', '**', 'step.**');
  fc.assert(
    fc.property(change, fc.array(pattern, { minLength: 1, maxLength: 3 }), (row, wanted) => {
      const names = eventNamesOf({ ...base, ...row });
      if (!names.some((name) => wanted.some((one) => matchesPattern(one, name)))) return;
      const sources = sourcesOf(wanted);
      const moves = row.kind === 'task' ? sources.taskMoves : sources.stepMoves;
      expect(moves).toContain(`${row.from ?? ''}>${row.to}`);
    }),
    { numRuns: 2_000 },
  );
});
