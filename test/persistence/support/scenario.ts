/** Random workflows and random lives of tasks, for tests that shall hold whatever happens. */
import fc from 'fast-check';
import { type StepShape } from './workflow.js';

export const HANDLERS = ['a', 'b'] as const;

export interface TaskPlan {
  readonly shapes: readonly StepShape[];
  readonly priority: number;
  /** Seconds until it may start. */
  readonly delay: number;
  readonly bypass: readonly number[];
}

export type Operation =
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'claim'; readonly worker: number; readonly limit: number; readonly handlers: readonly string[] }
  | {
      readonly kind: 'advance';
      readonly worker: number;
      readonly outcomes: readonly ('complete' | 'retry' | 'fail')[];
      readonly capacity: number;
      readonly handlers: readonly string[];
      readonly delayMs: number;
    }
  | { readonly kind: 'late'; readonly pick: number }
  | { readonly kind: 'release'; readonly worker: number; readonly count: number }
  /** Workers say nothing for longer than a lease; what they hold is taken back. */
  | { readonly kind: 'lapse'; readonly seconds: number }
  | {
      readonly kind: 'operate';
      readonly pick: number;
      readonly to: 'cancelled' | 'skipped' | 'resolved_manually' | 'pending';
    }
  | { readonly kind: 'close'; readonly pick: number; readonly to: 'cancelled' | 'resolved_manually' };

/** Acyclic graphs of up to `size` steps; a parent may stand before or behind its child. */
export function graphs(size: number): fc.Arbitrary<number[][]> {
  return fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: size }).chain((picks) => {
    const parents = picks.map((pick, step) => [...new Set(step === 0 ? [] : pick.map((p) => p % step))]);
    const order = fc.shuffledSubarray([...parents.keys()], { minLength: parents.length });
    return order.map((names) => {
      const renamed: number[][] = [];
      parents.forEach((list, step) => (renamed[names[step]!] = list.map((parent) => names[parent]!)));
      return renamed;
    });
  });
}

const HANDLER_SETS = fc.constantFrom([...HANDLERS], ['a'], ['b']);
const WORKERS = fc.constantFrom(1, 2);

export const taskPlans: fc.Arbitrary<TaskPlan> = graphs(4).chain((parents) =>
  fc.record({
    shapes: fc.tuple(
      ...parents.map((list) =>
        fc.record({
          parents: fc.constant(list),
          retryable: fc.constantFrom(true, true, false),
          retryLimit: fc.integer({ min: 1, max: 3 }),
          handler: fc.constantFrom(...HANDLERS),
        }),
      ),
    ),
    priority: fc.integer({ min: -1, max: 1 }),
    delay: fc.constantFrom(0, 0, 2),
    bypass: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.subarray([...parents.keys()])),
  }),
);

export const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 3 }) }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      worker: WORKERS,
      limit: fc.integer({ min: 0, max: 4 }),
      handlers: HANDLER_SETS,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      worker: WORKERS,
      outcomes: fc.array(fc.constantFrom('complete', 'complete', 'retry', 'fail'), { minLength: 1, maxLength: 4 }),
      capacity: fc.integer({ min: 0, max: 3 }),
      handlers: HANDLER_SETS,
      delayMs: fc.constantFrom(0, 500, 2000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('late' as const), pick: fc.nat() }) },
  fc.record({ kind: fc.constant('release' as const), worker: WORKERS, count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('lapse' as const), seconds: fc.constantFrom(1, 31, 31) }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('operate' as const),
      pick: fc.nat(),
      to: fc.constantFrom('cancelled', 'skipped', 'resolved_manually', 'pending', 'pending'),
    }),
  },
  fc.record({
    kind: fc.constant('close' as const),
    pick: fc.nat(),
    to: fc.constantFrom('cancelled', 'resolved_manually'),
  }),
);
