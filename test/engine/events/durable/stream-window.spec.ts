import fc from 'fast-check';
import { StreamWindow } from '../../../../src/engine/events/durable/stream-window.js';

it('lets the cursor stand before the first event that is not done, and at the end of what was read when all are', () => {
  const window = new StreamWindow(10);
  expect(window.doneUpTo).toBe(10);
  const [a, b, c] = window.add([12, 12, 15], 20) as [() => void, () => void, () => void];
  expect([window.doneUpTo, window.size, window.readUpTo]).toEqual([11, 3, 20]);
  b();
  c();
  expect(window.doneUpTo).toBe(11);
  a();
  expect([window.doneUpTo, window.size, window.span]).toEqual([20, 0, 0]);
});

it('is right whatever is done in whichever order, however many there are', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 60 }), fc.infiniteStream(fc.nat(1_000_000)), (sizes, dice) => {
      const window = new StreamWindow(0);
      const open = new Map<number, () => void>();
      let id = 0;
      for (const size of sizes) {
        const ids = Array.from({ length: size * 300 }, () => ++id);
        window.add(ids, ++id).forEach((done, index) => open.set(ids[index]!, done));
        const take = Math.min(open.size, dice.next().value % 500);
        const keys = [...open.keys()];
        for (let n = 0; n < take; n++) {
          const [key] = keys.splice(dice.next().value % keys.length, 1);
          open.get(key!)!();
          open.get(key!)!();
          open.delete(key!);
        }
        const first = open.keys().next().value;
        expect(window.doneUpTo).toBe(first === undefined ? id : first - 1);
        expect(window.size).toBe(open.size);
      }
    }),
    { numRuns: 50 },
  );
});
