import { TaskMemory } from '../../src/engine/task-memory.js';
import { type Definition } from '../../src/definitions/definition.js';
import { type RunningTask } from '../../src/persistence/sql/load-tasks.js';

const definition = {} as Definition;

function task(taskId: number, contextBytes = 500): RunningTask {
  return { taskId, contextText: 'x'.repeat(contextBytes) } as RunningTask;
}

function memoryWith(maxBytes: number, ...taskIds: number[]): TaskMemory {
  const memory = new TaskMemory(maxBytes);
  for (const taskId of taskIds) memory.add(task(taskId), definition);
  return memory;
}

it('gives back a task that it knows, with the steps remembered of it', () => {
  const memory = memoryWith(10_000, 7);
  const entry = memory.get(7)!;
  memory.remember(entry, 2, { state: 'complete', resultsText: '{"a":1}' });
  expect(memory.get(7)?.steps.get(2)).toEqual({ state: 'complete', resultsText: '{"a":1}' });
  expect(memory.get(8)).toBeUndefined();
});

it('never changes what has ended for good', () => {
  const memory = memoryWith(10_000, 7);
  const entry = memory.get(7)!;
  memory.remember(entry, 0, { state: 'complete', resultsText: '1' });
  const bytes = memory.sizeInBytes;
  memory.remember(entry, 0, { state: 'complete', resultsText: '"another"' });
  expect(entry.steps.get(0)?.resultsText).toBe('1');
  expect(memory.sizeInBytes).toBe(bytes);
});

it('forgets the task used longest ago when it is over its bound, and no more than it must', () => {
  const memory = memoryWith(3_000, 1, 2, 3);
  memory.get(1);
  memory.trim();
  expect(memory.size).toBe(3);
  memory.add(task(4), definition);
  memory.trim();
  expect([1, 2, 3, 4].filter((taskId) => memory.get(taskId))).toEqual([1, 3, 4]);
  expect(memory.sizeInBytes).toBeLessThanOrEqual(3_000);
});

it('never forgets a task in use, however small the bound', () => {
  const memory = memoryWith(0, 1, 2);
  memory.get(1)!.inUse = 1;
  memory.trim();
  expect(memory.get(1)).toBeDefined();
  expect(memory.get(2)).toBeUndefined();
  memory.get(1)!.inUse = 0;
  memory.trim();
  expect([memory.size, memory.sizeInBytes]).toEqual([0, 0]);
});

it('counts results towards its bound', () => {
  const memory = memoryWith(3_000, 1, 2);
  memory.remember(memory.get(1)!, 0, { state: 'complete', resultsText: 'x'.repeat(5_000) });
  memory.get(2);
  memory.trim();
  expect(memory.get(1)).toBeUndefined();
  expect(memory.get(2)).toBeDefined();
});

it('is back at nothing when everything is forgotten, also when something was remembered late', () => {
  const memory = memoryWith(10_000, 1);
  const entry = memory.get(1)!;
  memory.remember(entry, 0, { state: 'complete', resultsText: '"before"' });
  memory.forget(1);
  memory.forget(1);
  memory.remember(entry, 1, { state: 'complete', resultsText: '"after"' });
  expect([memory.size, memory.sizeInBytes]).toEqual([0, 0]);
  memory.add(task(1), definition);
  memory.remember(entry, 2, { state: 'complete', resultsText: '"to the forgotten one"' });
  memory.forget(1);
  expect(memory.sizeInBytes).toBe(0);
});
