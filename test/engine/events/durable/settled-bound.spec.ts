import fc from 'fast-check';
import { SettledBound } from '../../../../src/engine/events/durable/settled-bound.js';

const see = (last: number, writers: string[] = [], prepared: string[] = []) => ({ last, writers, prepared });

describe('the settled bound', () => {
  it('is the last id when nobody writes', () => {
    const bound = new SettledBound();
    expect(bound.upTo).toBe(0);
    bound.observe(see(7));
    expect([bound.upTo, bound.isWaiting]).toEqual([7, false]);
  });

  it('waits for those who write, and not for who begins later', () => {
    const bound = new SettledBound();
    bound.observe(see(5));
    bound.observe(see(7, ['3/1', '4/1']));
    bound.observe(see(9, ['4/1', '5/1']));
    expect([bound.upTo, bound.isWaiting]).toEqual([5, true]);
    bound.observe(see(12, ['5/1', '6/1']));
    expect([bound.upTo, bound.isWaiting]).toEqual([7, true]);
    bound.observe(see(12, []));
    expect([bound.upTo, bound.isWaiting]).toEqual([12, false]);
  });

  it('waits for one that prepares its commit and goes on under another id', () => {
    const bound = new SettledBound();
    bound.observe(see(7, ['3/1'], ['-1/90']));
    bound.observe(see(8, ['5/5'], ['-1/90', '-1/91']));
    bound.observe(see(9, [], ['-1/91']));
    expect(bound.upTo).toBe(0);
    bound.observe(see(9, [], ['-1/99']));
    // Nobody knows whether that was the same.
    expect(bound.upTo).toBe(0);
    bound.observe(see(9, [], []));
    expect(bound.upTo).toBe(9);
  });

  it('never goes back', () => {
    const bound = new SettledBound();
    bound.observe(see(7));
    bound.observe(see(3));
    expect(bound.upTo).toBe(7);
  });

  /** A database in small: whoever writes locks, draws ids, perhaps prepares, and commits at some time or never. */
  it('leaves out no row that is committed later, whatever the order of commits', () => {
    const command = fc.record({
      act: fc.constantFrom('draw', 'draw', 'end', 'prepare', 'look', 'look'),
      who: fc.nat(5),
      isCommitted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const bound = new SettledBound();
        const open = new Map<number, { name: string; isPrepared: boolean; drawn: number[] }>();
        const committed = new Set<number>();
        const seen: { upTo: number; rows: number }[] = [];
        let [last, names] = [0, 0];
        for (const { act, who, isCommitted } of commands) {
          const one = open.get(who);
          if (act === 'draw' && !one?.isPrepared) {
            const writer = one ?? { name: `v${++names}`, isPrepared: false, drawn: [] };
            open.set(who, writer);
            writer.drawn.push(++last);
          } else if (act === 'prepare' && one && !one.isPrepared) {
            open.set(who, { ...one, name: `p${++names}`, isPrepared: true });
          } else if (act === 'end' && one) {
            open.delete(who);
            if (isCommitted) one.drawn.forEach((id) => committed.add(id));
          } else if (act === 'look') {
            const now = [...open.values()];
            const namesOf = (isPrepared: boolean) =>
              now.filter((writer) => writer.isPrepared === isPrepared).map(({ name }) => name);
            bound.observe(see(last, namesOf(false), namesOf(true)));
            seen.push({ upTo: bound.upTo, rows: [...committed].filter((id) => id <= bound.upTo).length });
          }
        }
        for (const { drawn } of open.values()) drawn.forEach((id) => committed.add(id));
        for (const { upTo, rows } of seen) {
          expect([...committed].filter((id) => id <= upTo)).toHaveLength(rows);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
