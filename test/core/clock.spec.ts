import { jest } from '@jest/globals';
import { type Clock, SystemClock } from '../../src/core/clock.js';

describe('SystemClock', () => {
  it('reads the time of this process and lets the database use its own', () => {
    const before = Date.now();
    const now = new SystemClock().now().getTime();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
    expect(new SystemClock().sqlNow()).toBeNull();
  });

  it('never jumps, and a listener may be taken away again', () => {
    const listener = jest.fn();
    const clock: Clock = new SystemClock();
    const stop = clock.onJump(listener);
    expect(stop()).toBeUndefined();
    expect(listener).not.toHaveBeenCalled();
  });
});
