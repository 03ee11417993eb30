import { type CloseLine, TaskLines } from '../../../../src/engine/events/durable/task-lines.js';

/** Lines whose work ends when the test says so. */
function lines(concurrency: number) {
  const begun: string[] = [];
  const ends = new Map<string, (close?: CloseLine<string>) => void>();
  const made = new TaskLines<string>(concurrency, (item) => {
    begun.push(item);
    return new Promise((resolve) => ends.set(item, resolve));
  });
  const end = async (item: string, close?: CloseLine<string>): Promise<void> => {
    ends.get(item)!(close);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { made, begun, end };
}

it('works on a line one after the other, and on so many lines at once, in turns', async () => {
  const { made, begun, end } = lines(2);
  for (const item of ['a1', 'a2', 'a3']) made.add(1, item);
  for (const item of ['b1', 'b2']) made.add(2, item);
  made.add(3, 'c1');
  made.go();
  expect(begun).toEqual(['a1', 'b1']);
  await end('a1');
  expect(begun).toEqual(['a1', 'b1', 'c1']);
  await end('c1');
  await end('a2');
  expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
  expect([made.runningCount, made.free]).toEqual([2, 0]);
  await end('a3');
  await end('b1');
  await end('b2');
  expect([made.runningCount, made.free, made.ids()]).toEqual([0, 2, []]);
});

it('hands over what stands behind one that ends its line', async () => {
  const { made, begun, end } = lines(1);
  for (const item of ['a1', 'a2', 'a3']) made.add(1, item);
  made.add(2, 'b1');
  made.go();
  let rest: readonly string[] = [];
  await end('a1', (behind) => (rest = behind));
  expect(rest).toEqual(['a2', 'a3']);
  expect(begun).toEqual(['a1', 'b1']);
  expect(made.ids()).toEqual([2]);
});

it('begins nothing while it is held', async () => {
  const { made, begun, end } = lines(1);
  made.add(1, 'a1');
  made.add(1, 'a2');
  made.go();
  made.hold(true);
  await end('a1');
  expect(begun).toEqual(['a1']);
  made.hold(false);
  expect(begun).toEqual(['a1', 'a2']);
});
