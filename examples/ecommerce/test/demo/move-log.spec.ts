import { type TransitionRecord } from 'nestjs-tasker';
import { MoveLog } from '../../demo/move-log.js';
import { after, aTask, complete } from '../support/task-details.js';

describe('the log of moves', () => {
  const move = (sortKey: number, ms: number, toState: string, metadata: object = {}): TransitionRecord => ({
    ...{ sortKey, fromState: null, toState, createdAt: after(ms) },
    metadata: { attempt: 1, ...metadata },
  });
  const busy = { errorClass: 'RetryableError', errorCode: 'BUSY', message: 'the bank is busy' };
  const histories: Record<number, TransitionRecord[]> = {
    1: [
      move(1, 0, 'pending'),
      move(2, 10, 'in_progress'),
      move(3, 60, 'error', { error: busy, next_retry_at: after(2_060).toISOString() }),
      move(4, 2_070, 'pending', { attempt: 1 }),
      move(5, 2_070, 'in_progress', { attempt: 2 }),
      move(6, 2_320, 'complete', { attempt: 2, duration_ms: 250 }),
    ],
    2: [
      move(1, 0, 'pending'),
      move(2, 2_320, 'in_progress'),
      move(3, 2_400, 'error', { error: { ...busy, errorCode: undefined }, next_retry_at: null }),
    ],
    3: [move(1, 0, 'pending'), move(2, 2_500, 'resolved_manually')],
  };
  const stepHistory = (stepId: number) => Promise.resolve(histories[stepId] ?? []);

  it('has every move since the last look, in order of time', async () => {
    const log = new MoveLog({ stepHistory });
    const task = aTask([complete(250, 2), { state: 'error', attempts: 1 }, { state: 'resolved_manually' }]);
    expect(await log.newLines(task)).toEqual([
      '   0.01 s  step_1  started, attempt 1 of 3',
      '   0.06 s  step_1  failed, attempt 1 of 3, BUSY: the bank is busy; again in 2.0 s',
      '   2.07 s  step_1  started, attempt 2 of 3',
      '   2.32 s  step_1  complete after 250 ms',
      '   2.32 s  step_2  started, attempt 1 of 3',
      '   2.40 s  step_2  failed for good, attempt 1 of 3, RetryableError: the bank is busy',
      '   2.50 s  step_3  resolved manually',
    ]);
    expect(await log.newLines(task)).toEqual([]);
  });

  it('asks for the history of a step only when the step has moved', async () => {
    const asked: number[] = [];
    const log = new MoveLog({ stepHistory: (stepId) => (asked.push(stepId), stepHistory(stepId)) });
    await log.newLines(aTask([{ state: 'in_progress', attempts: 1 }, {}]));
    await log.newLines(aTask([{ state: 'in_progress', attempts: 1 }, {}]));
    await log.newLines(aTask([{ state: 'in_progress', attempts: 2 }, {}]));
    expect(asked).toEqual([1, 2, 1]);
  });
});
