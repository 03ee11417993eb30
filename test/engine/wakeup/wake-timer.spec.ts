import { jest } from '@jest/globals';
import { WakeTimer } from '../../../src/engine/wakeup/wake-timer.js';

let looks: number[];
let timer: WakeTimer;
let origin: number;

beforeEach(() => {
  jest.useFakeTimers();
  origin = performance.now();
  looks = [];
  timer = new WakeTimer(1_000, () => looks.push(Math.round(performance.now() - origin)));
});
afterEach(() => {
  timer.stop();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

it('looks at every interval', () => {
  timer.start();
  jest.advanceTimersByTime(3_500);
  expect(looks).toEqual([1_000, 2_000, 3_000]);
});

it('looks at the moments it was told too, and begins the interval anew after each', () => {
  timer.start();
  timer.wakeIn(300);
  timer.wakeIn(100);
  jest.advanceTimersByTime(1_400);
  expect(looks).toEqual([100, 300, 1_300]);
});

it('keeps a moment that lies beyond the interval', () => {
  timer.start();
  timer.wakeIn(1_500);
  jest.advanceTimersByTime(2_600);
  expect(looks).toEqual([1_000, 1_500, 2_500]);
});

it('looks once for moments that are the same', () => {
  timer.start();
  for (let i = 0; i < 50; i++) timer.wakeIn(200);
  jest.advanceTimersByTime(900);
  expect(looks).toEqual([200]);
});

it('leaves moments beyond its bound to the interval, the latest first', () => {
  timer.start();
  for (let i = 1; i <= 1_500; i++) timer.wakeIn(10 * i);
  timer.wakeIn(5);
  jest.advanceTimersByTime(9_999);
  expect(looks.slice(0, 3)).toEqual([5, 10, 20]);
  expect(looks).toHaveLength(1_000);
  jest.advanceTimersByTime(2_000);
  expect(looks.slice(1_000)).toEqual([10_990, 11_990]);
});

it('looks at once when the moment has come already', () => {
  timer.start();
  timer.wakeIn(0);
  timer.wakeIn(-50);
  jest.advanceTimersByTime(1);
  expect(looks).not.toEqual([]);
  expect(looks.every((moment) => moment <= 1)).toBe(true);
});

it('does nothing before it is started and after it is stopped, and can be started again', () => {
  timer.wakeIn(10);
  jest.advanceTimersByTime(2_000);
  timer.start();
  timer.wakeIn(10);
  timer.stop();
  timer.stop();
  timer.wakeIn(10);
  jest.advanceTimersByTime(2_000);
  expect(looks).toEqual([]);
  timer.start();
  jest.advanceTimersByTime(1_000);
  expect(looks).toEqual([5_000]);
});
