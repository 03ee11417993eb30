import { jest } from '@jest/globals';
import { BackendWatch } from '../../src/bullmq/backend-watch.js';

interface Question {
  readonly isLost: boolean;
  answer(): void;
  refuse(why: string): void;
}

let questions: Question[];
let news: string[];
let watch: BackendWatch;
const settle = () => jest.advanceTimersByTimeAsync(0);

beforeEach(() => {
  jest.useFakeTimers();
  questions = [];
  news = [];
  watch = new BackendWatch({
    ask: (isLost) =>
      new Promise<void>((resolve, reject) => {
        questions.push({ isLost, answer: resolve, refuse: (why) => reject(new Error(why)) });
      }),
    lost: (why) => news.push(`lost: ${why}`),
    back: () => news.push('back'),
  });
});
afterEach(() => {
  watch.forget();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

it('is neither up nor lost before the first answer', async () => {
  expect([watch.isUp, watch.isSure, watch.isLost]).toEqual([false, false, false]);
  watch.ask();
  questions[0]!.answer();
  await settle();
  expect([watch.isUp, watch.isSure, watch.isLost]).toEqual([true, true, false]);
  expect(news).toEqual([]);
});

it('takes silence for a loss after a second, and a late answer for a return', async () => {
  watch.ask();
  await jest.advanceTimersByTimeAsync(999);
  expect(watch.isLost).toBe(false);
  await jest.advanceTimersByTimeAsync(1);
  expect(news).toEqual(['lost: no answer within 1000 ms']);
  questions[0]!.answer();
  await settle();
  expect(news).toEqual(['lost: no answer within 1000 ms', 'back']);
});

it('tells a loss once, however many things fail', async () => {
  watch.failed(new Error('one'));
  watch.failed(new Error('two'));
  watch.ask();
  questions[0]!.refuse('three');
  await settle();
  expect(news).toEqual(['lost: one']);
});

it('asks, when it is lost, for what was lost', async () => {
  watch.ask();
  questions[0]!.refuse('refused');
  await settle();
  watch.ask();
  expect(questions.map(({ isLost }) => isLost)).toEqual([false, true]);
});

it('asks one question at a time', () => {
  for (let i = 0; i < 5; i++) watch.ask();
  expect(questions).toHaveLength(1);
});

it('is not sure after an error of a connection, and asks; the answer counts', async () => {
  watch.succeeded();
  watch.suspect(new Error('reset'));
  expect([watch.isUp, watch.isSure]).toEqual([true, false]);
  questions[0]!.answer();
  await settle();
  expect(watch.isSure).toBe(true);
  expect(news).toEqual([]);
});

it('says what the connection said when no answer comes', async () => {
  watch.succeeded();
  watch.suspect(new AggregateError([new Error('connect ECONNREFUSED ::1:6379')]));
  await jest.advanceTimersByTimeAsync(1_000);
  expect(news).toEqual(['lost: connect ECONNREFUSED ::1:6379']);
});

it('takes no answer from connections that are closed', async () => {
  watch.ask();
  watch.forget();
  questions[0]!.refuse('closed');
  await settle();
  expect(news).toEqual([]);
  watch.ask();
  expect(questions).toHaveLength(2);
});
