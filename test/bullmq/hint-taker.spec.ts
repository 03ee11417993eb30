import { type Job, type Worker } from 'bullmq';
import { type WakeupJob } from '../../src/bullmq/hint-sender.js';
import { HintTaker } from '../../src/bullmq/hint-taker.js';
import { RecordingSleeper } from '../engine/wakeup/recording-sleeper.js';
import { waitFor } from '../support/wait-for.js';

/** A worker whose queue the test fills, and which keeps a diary. */
class DiaryWorker {
  readonly diary: string[] = [];
  readonly queue: WakeupJob[] = [];
  fetches = 0;
  failure: Error | undefined;

  async startStalledCheckTimer(): Promise<void> {}

  async getNextJob(): Promise<Job<WakeupJob> | undefined> {
    this.fetches++;
    const failure = this.failure;
    this.failure = undefined;
    if (failure) throw failure;
    const data = this.queue.shift();
    if (!data) return undefined;
    const moveToCompleted = async () => void this.diary.push(`finish ${data.taskId}`);
    return { data, moveToCompleted } as unknown as Job<WakeupJob>;
  }
}

let worker: DiaryWorker;
let sleeper: RecordingSleeper;
let taker: HintTaker;
let left: WakeupJob[];
let failures: unknown[];

beforeEach(() => {
  worker = new DiaryWorker();
  sleeper = new RecordingSleeper(['default']);
  left = [];
  failures = [];
  const look = sleeper.look.bind(sleeper);
  sleeper.look = () => {
    worker.diary.push('look');
    look();
  };
});
afterEach(() => taker.stop());

const begin = () => {
  taker = new HintTaker('me', worker as unknown as Worker, sleeper, {
    looked: ({ taskId }) => worker.diary.push(`looked for ${taskId}`),
    left: (wakeup) => left.push(wakeup),
    failed: (error) => failures.push(error),
  });
};
const from = (name: string, returned = 0): WakeupJob => ({ taskId: 1, from: name, returned });

it('finishes a wake-up before the look, so that the look comes after all that joined it', async () => {
  worker.queue.push(from('other'));
  begin();
  await waitFor(() => sleeper.looks > 0);
  expect(worker.diary).toEqual(['finish 1', 'looked for 1', 'look']);
  expect(left).toEqual([]);
});

it('fetches nothing while the sleeper has no room', async () => {
  sleeper.isFull = true;
  worker.queue.push(from('other'));
  let asked = 0;
  sleeper.hasRoom = () => {
    asked++;
    return !sleeper.isFull;
  };
  begin();
  await waitFor(() => asked > 5);
  expect(worker.fetches).toBe(0);
  sleeper.isFull = false;
  await waitFor(() => sleeper.looks > 0);
});

it('leaves to others what arrives when the room is gone', async () => {
  let answers = [true, false, false];
  sleeper.hasRoom = () => answers.shift() ?? false;
  worker.queue.push(from('other'));
  begin();
  await waitFor(() => left.length > 0);
  expect(left).toEqual([from('other')]);
  expect(worker.diary).toEqual(['finish 1']);
  answers = [];
});

it('gives back its own, which are meant for others, but not for ever when there are none', async () => {
  for (let returned = 0; returned <= 3; returned++) worker.queue.push(from('me', returned));
  begin();
  await waitFor(() => sleeper.looks >= 4);
  expect(left.map(({ returned }) => returned)).toEqual([1, 2, 3]);
});

it('goes on after a fetch that failed', async () => {
  worker.failure = new Error('refused');
  worker.queue.push(from('other'));
  begin();
  await waitFor(() => sleeper.looks > 0);
  expect(failures).toEqual([expect.objectContaining({ message: 'refused' })]);
});

it('does not spin on a queue that answers at once with nothing, as one that is paused does', async () => {
  begin();
  const start = performance.now();
  await waitFor(() => worker.fetches >= 5);
  expect(performance.now() - start).toBeGreaterThan(60);
});

it('takes nothing after a stop, which may come twice', async () => {
  begin();
  await Promise.all([taker.stop(), taker.stop()]);
  const { fetches } = worker;
  worker.queue.push(from('other'));
  await taker.stop();
  await new Promise(setImmediate);
  expect([worker.fetches, sleeper.looks]).toEqual([fetches, 0]);
});
