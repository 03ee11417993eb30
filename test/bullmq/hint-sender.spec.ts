import { jest } from '@jest/globals';
import { type Queue } from 'bullmq';
import { HintSender } from '../../src/bullmq/hint-sender.js';

/** A queue that answers when the test says so. */
class HeldQueue {
  readonly sent: { data: { taskId: number }; opts: { delay?: number; deduplication: { id: string } } }[][] = [];
  waiting = 0;
  private answer: ((error?: Error) => void) | undefined;
  isHeld = false;

  async getWaitingCount(): Promise<number> {
    return this.waiting;
  }

  async addBulk(jobs: (typeof this.sent)[number]): Promise<void> {
    this.sent.push(jobs);
    if (!this.isHeld) return;
    await new Promise<void>((resolve, reject) => (this.answer = (error) => (error ? reject(error) : resolve())));
  }

  respond(error?: Error): void {
    this.isHeld = false;
    this.answer?.(error);
  }

  get tasks(): number[][] {
    return this.sent.map((jobs) => jobs.map(({ data }) => data.taskId));
  }
}

let queue: HeldQueue;
let sender: HintSender;
let outcomes: string[];
const told = (taskId: number) => ({ taskId, from: 'me', returned: 0 });
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_050 });
  queue = new HeldQueue();
  outcomes = [];
  sender = new HintSender(queue as unknown as Queue, {
    succeeded: () => outcomes.push('succeeded'),
    failed: (error) => outcomes.push((error as Error).message),
  });
});
afterEach(async () => {
  queue.respond();
  const drained = sender.drain(1);
  await pass(1);
  await drained;
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

it('sends the first at once, and joins what follows', async () => {
  sender.add(told(1));
  expect(queue.tasks).toEqual([[1]]);
  for (const taskId of [2, 3, 2]) sender.add(told(taskId));
  await pass(19);
  expect(queue.tasks).toEqual([[1]]);
  await pass(1);
  expect(queue.tasks).toEqual([[1], [2, 3]]);
});

it('names a wake-up by its task, so that it joins one that waits, and by no job id, which a finished job would hold', async () => {
  sender.add(told(7));
  expect(queue.sent[0]![0]!.opts).toEqual({ deduplication: { id: 'task-7' } });
});

it('joins later ones that are due at nearly the same moment, never before their time', async () => {
  sender.add(told(1), 20);
  await pass(0);
  sender.add(told(2), 1_000);
  sender.add(told(3), 1_049);
  sender.add(told(4), 1_051);
  await pass(20);
  const [first, rest] = queue.sent;
  expect(first![0]!.opts).toEqual({ delay: 50, deduplication: { id: 'at-1000100' } });
  expect(rest!.map(({ opts }) => opts.deduplication.id)).toEqual(['at-1001100', 'at-1001200']);
});

it('sends one batch at a time, and holds back a bounded number meanwhile', async () => {
  queue.isHeld = true;
  sender.add(told(1));
  for (let taskId = 2; taskId < 10_000; taskId++) {
    sender.add(told(taskId));
    sender.add(told(taskId), taskId * 1_000);
  }
  await pass(10_000);
  expect(queue.sent).toHaveLength(1);
  queue.respond();
  await pass(20);
  expect(queue.sent).toHaveLength(2);
  expect(queue.sent[1]!.length).toBeLessThanOrEqual(1_100);
});

it('leaves away what would wake nobody new: enough wake-ups wait already', async () => {
  queue.waiting = 95;
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 30; i++) sender.add(told(1 + round * 30 + i));
    await pass(20);
  }
  expect(queue.tasks.flat().length).toBeLessThanOrEqual(100 + 10 * 5);
  queue.waiting = 0;
  sender.add(told(9_999));
  await pass(20);
  expect(queue.tasks.at(-1)).toEqual([9_999]);
});

it('tells how each sending ended, and goes on after one that failed', async () => {
  queue.isHeld = true;
  sender.add(told(1));
  queue.respond(new Error('refused'));
  await pass(20);
  sender.add(told(2));
  await pass(20);
  expect(outcomes).toEqual(['refused', 'succeeded']);
});

it('sends what it holds back when it is drained, and waits no longer than it was told', async () => {
  sender.add(told(1));
  sender.add(told(2));
  await sender.drain(100);
  expect(queue.tasks).toEqual([[1], [2]]);
  queue.isHeld = true;
  sender.add(told(3));
  await pass(20);
  const drained = sender.drain(100);
  await pass(100);
  await drained;
});
