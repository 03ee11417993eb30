import {
  isFinalTaskState,
  isStepState,
  isTaskState,
  mayStepMove,
  mayTaskMove,
  satisfiesDependents,
  STEP_STATES,
  TASK_STATES,
} from '../../src/core/states.js';

/**
 * Written out from the specification, row by row: from, then a mark for each state in the order of the head. Beyond the
 * reference, what has failed may be cancelled, a step may be skipped, and a worker that stops hands a step back.
 */
const TASK_TABLE = `
                    pending in_progress complete error cancelled resolved_manually
  pending           -       y           -        y     y         -
  in_progress       y       -           y        y     y         -
  complete          -       -           -        -     y         -
  error             y       -           -        -     y         y
  cancelled         -       -           -        -     -         -
  resolved_manually -       -           -        -     y         -
`;
const STEP_TABLE = `
                    pending in_progress complete error cancelled resolved_manually skipped
  pending           -       y           -        y     y         y                 y
  in_progress       y       -           y        y     y         -                 -
  complete          -       -           -        -     -         -                 -
  error             y       -           -        -     y         y                 y
  cancelled         -       -           -        -     -         -                 -
  resolved_manually -       -           -        -     -         -                 -
  skipped           -       -           -        -     -         -                 -
`;

function pairs(table: string): [from: string, to: string, allowed: boolean][] {
  const [head, ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/)) as [string[], ...string[][]];
  return rows.flatMap(([from, ...marks]) =>
    marks.map((mark, index): [string, string, boolean] => [from!, head[index]!, mark === 'y']),
  );
}

describe('states', () => {
  it('has every state in its table, and no other', () => {
    expect(new Set(pairs(TASK_TABLE).map(([from]) => from))).toEqual(new Set(TASK_STATES));
    expect(new Set(pairs(STEP_TABLE).map(([from]) => from))).toEqual(new Set(STEP_STATES));
    expect(pairs(TASK_TABLE)).toHaveLength(36);
    expect(pairs(STEP_TABLE)).toHaveLength(49);
  });

  it.each(pairs(TASK_TABLE))('a task moves from %s to %s: %s', (from, to, allowed) => {
    expect(mayTaskMove(from as never, to as never)).toBe(allowed);
  });

  it.each(pairs(STEP_TABLE))('a step moves from %s to %s: %s', (from, to, allowed) => {
    expect(mayStepMove(from as never, to as never)).toBe(allowed);
  });

  it('lets dependents run after complete, resolved_manually and skipped only', () => {
    expect(STEP_STATES.filter(satisfiesDependents)).toEqual(['complete', 'resolved_manually', 'skipped']);
  });

  it('knows where a task rests', () => {
    expect(TASK_STATES.filter(isFinalTaskState)).toEqual(['complete', 'error', 'cancelled', 'resolved_manually']);
  });

  it('tells states from other values', () => {
    expect(TASK_STATES.every(isTaskState)).toBe(true);
    expect(STEP_STATES.every(isStepState)).toBe(true);
    for (const other of ['failed', 'skipped', 'Pending', '', null, undefined, 0, {}])
      expect(isTaskState(other)).toBe(false);
    for (const other of ['failed', 'constructor', null, 1, []]) expect(isStepState(other)).toBe(false);
  });
});
