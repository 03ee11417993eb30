import { stepTable } from '../../demo/step-table.js';
import { after, aTask, complete, failed, NOON } from '../support/task-details.js';

describe('the table of steps', () => {
  const text = (...args: Parameters<typeof stepTable>) =>
    stepTable(...args).map((line) => line.map(([span]) => span).join('').trimEnd()); // prettier-ignore

  it('has a line per step: what it does, the attempt, how long it took or why it failed', () => {
    const task = aTask([
      { name: 'validate_cart', ...complete(250) },
      { name: 'pay', ...failed('the bank is busy', { readyAt: after(1_240) }) },
      { name: 'ship', state: 'in_progress', attempts: 2, lastAttemptedAt: after(-1_300) },
      { name: 'tell' },
    ]);
    expect(text(task, NOON)).toEqual([
      '  ✔ validate_cart  complete        attempt 1/3  250 ms',
      '  ↻ pay            again in 1.2 s  attempt 1/3  BUSY: the bank is busy',
      '  ⠋ ship           running         attempt 2/3  1.3 s',
      '  · tell           waiting',
    ]);
  });

  it('tells what will not happen any more', () => {
    const steps = [failed('no', { permanent: true }), failed('no', { attempts: 3 }), {}, { state: 'skipped' as const }];
    expect(text(aTask(steps, { state: 'error', finishedAt: NOON }), NOON)).toEqual([
      '  ✘ step_1  failed for good attempt 1/3  BUSY: no',
      '  ✘ step_2  failed for good attempt 3/3  BUSY: no',
      '  · step_3  not started',
      '  ↷ step_4  skipped',
    ]);
  });

  it('turns while something runs', () => {
    const task = aTask([{ state: 'in_progress', attempts: 1, lastAttemptedAt: NOON }]);
    const glyphs = [0, 100, 200].map((ms) => text(task, after(ms))[0]?.[2]);
    expect(new Set(glyphs).size).toBe(3);
  });
});
