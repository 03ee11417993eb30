import fc from 'fast-check';
import { type StepRecord } from '../../../src/core/records.js';
import { siblings } from '../../../src/rest/bodies/siblings.js';

const step = (stepId: number, parentIds: readonly number[]) => ({ stepId, parentIds }) as StepRecord;

describe('the siblings of a step', () => {
  it('are the others with exactly the same parents, each once', () => {
    const all = [
      step(1, []),
      step(2, []),
      step(3, [1, 2]),
      step(6, [2, 1]),
      step(5, [1, 2]),
      step(4, [1]),
      step(7, [2]),
    ];
    const siblingsOf = siblings(all);
    expect(all.map((one) => [one.stepId, siblingsOf(one)])).toEqual([
      [1, []],
      [2, []],
      [3, [5, 6]],
      [6, [3, 5]],
      [5, [3, 6]],
      [4, []],
      [7, []],
    ]);
  });

  it('are what comparing every pair gives', () => {
    const parents = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(parents, { maxLength: 12 }), (lists) => {
        const all = lists.map((list, index) => step(100 + index, list));
        const same = (a: StepRecord, b: StepRecord) =>
          a.parentIds.length > 0 &&
          a.parentIds.length === b.parentIds.length &&
          a.parentIds.every((id) => b.parentIds.includes(id));
        const siblingsOf = siblings(all);
        for (const one of all) {
          const naive = all.filter((other) => other !== one && same(one, other)).map((other) => other.stepId);
          expect(siblingsOf(one)).toEqual(naive);
        }
      }),
    );
  });
});
