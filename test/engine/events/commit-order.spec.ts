import fc from 'fast-check';
import { CommitOrder, type CommitTicket } from '../../../src/engine/events/commit-order.js';

interface Moved {
  readonly taskId: number | null;
  readonly at: Date;
  readonly what: string;
}

const moved = (taskId: number | null, ms: number, what = `${taskId}@${ms}`): Moved => ({
  taskId,
  at: new Date(ms),
  what,
});

let passed: string[];
let order: CommitOrder<Moved>;
beforeEach(() => {
  passed = [];
  order = new CommitOrder<Moved>((changes) => passed.push(...changes.map(({ what }) => what)));
});

it('passes at once what nothing under way can be before', () => {
  const other = order.open([2]);
  order.open([1]).close([moved(1, 1)]);
  expect(passed).toEqual(['1@1']);
  other.close([moved(2, 0)]);
  expect(passed).toEqual(['1@1', '2@0']);
});

it('waits for a statement about the same task that was sent earlier, and puts it first', () => {
  const first = order.open([1]);
  const second = order.open([1, 2]);
  second.close([moved(1, 20), moved(2, 20)]);
  expect(passed).toEqual([]);
  first.close([moved(1, 10)]);
  expect(passed).toEqual(['1@10', '1@20', '2@20']);
});

it('waits for a statement of which nobody knows what it moves', () => {
  const claim = order.open();
  order.open([1]).close([moved(1, 20)]);
  expect(passed).toEqual([]);
  claim.close([moved(1, 10), moved(3, 10)]);
  expect(passed).toEqual(['1@10', '3@10', '1@20']);
});

it('goes on when a statement that was waited for failed, or is closed twice', () => {
  const first = order.open([1]);
  order.open([1]).close([moved(1, 20)]);
  first.close([]);
  first.close([moved(1, 99)]);
  expect(passed).toEqual(['1@20']);
});

it('does not wait for what was sent after the answer was there', () => {
  order.open([1]).close([moved(1, 1)]);
  order.open([1]);
  expect(passed).toEqual(['1@1']);
});

it('passes what belongs to no task at once, unless anything may come before', () => {
  order.open([1]);
  order.add([moved(null, 5)]);
  expect(passed).toEqual(['null@5']);
});

it('puts what ends the task last of those of the same millisecond', () => {
  order = new CommitOrder<Moved>(
    (changes) => passed.push(...changes.map(({ what }) => what)),
    ({ what }) => what === 'end',
  );
  const slow = order.open([1]);
  order.open([1]).close([moved(1, 10, 'end')]);
  slow.close([moved(1, 10, 'before')]);
  expect(passed).toEqual(['before', 'end']);
});

/** A statement's life: it is sent, commits after that, and is answered after that, each at a moment of its own. */
interface Statement {
  readonly tasks: readonly number[];
  readonly isDeclared: boolean;
  readonly fails: boolean;
}

const statement: fc.Arbitrary<Statement> = fc.record({
  tasks: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  isDeclared: fc.boolean(),
  fails: fc.boolean(),
});

it('passes the changes of each task in the order of their instants, each once, whatever order the answers come in', () => {
  const plans = fc.array(statement, { minLength: 1, maxLength: 12 }).chain((statements) => {
    // Each number is a statement's turn: to be sent, to commit, to be answered.
    const turns = statements.flatMap((_, index) => [index, index, index]);
    return fc.tuple(fc.constant(statements), fc.shuffledSubarray(turns, { minLength: turns.length }));
  });
  fc.assert(
    fc.property(plans, ([statements, turns]) => {
      const told: Moved[] = [];
      const commits = new CommitOrder<Moved>((changes) => told.push(...changes));
      const open = new Map<number, { ticket: CommitTicket<Moved>; changes: Moved[] | undefined }>();
      let now = 0;
      for (const index of turns) {
        const { tasks, isDeclared, fails } = statements[index]!;
        const running = open.get(index);
        if (!running) open.set(index, { ticket: commits.open(isDeclared ? tasks : undefined), changes: undefined });
        else if (!running.changes) {
          now++;
          running.changes = fails ? [] : tasks.map((task) => moved(task, now, `${index}/${task}`));
        } else running.ticket.close(running.changes);
      }
      const expected = [...open.values()].flatMap(({ changes }) => changes!.map(({ what }) => what));
      expect(told.map(({ what }) => what).sort()).toEqual(expected.sort());
      for (const task of [1, 2, 3, 4]) {
        const instants = told.filter(({ taskId }) => taskId === task).map(({ at }) => at.getTime());
        expect(instants).toEqual([...instants].sort((a, b) => a - b));
      }
    }),
    { numRuns: 2_000 },
  );
});
