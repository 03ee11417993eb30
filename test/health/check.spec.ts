import { runCheck, Unhealthy } from '../../src/health/check.js';

const never = new Promise<never>(() => {});

describe('a check', () => {
  const reported: unknown[] = [];
  const run = (check: () => Promise<string> | string, timeoutMs = 1000) =>
    runCheck(check, timeoutMs, (error) => reported.push(error));
  const time = expect.any(Number) as number;
  beforeEach(() => reported.splice(0));

  it('is healthy when it says how things are', async () => {
    expect(await run(() => 'answers')).toEqual({ status: 'healthy', message: 'answers', response_time_ms: time });
    expect(await run(async () => 'answers')).toMatchObject({ status: 'healthy' });
  });

  it('may say what is wrong', async () => {
    const check = () => {
      throw new Unhealthy('is stopped');
    };
    expect(await run(check)).toEqual({ status: 'unhealthy', message: 'is stopped', response_time_ms: time });
    expect(reported).toEqual([]);
  });

  it('keeps to itself what it did not foresee, and tells the log', async () => {
    const error = new Error('password authentication failed for user "tasker"');
    const result = await run(() => Promise.reject(error));
    expect(result).toMatchObject({ status: 'unhealthy', message: 'failed; the log of the application says why' });
    expect(reported).toEqual([error]);
  });

  it('is unhealthy when it does not answer in time', async () => {
    const result = await run(() => never, 20);
    expect(result).toMatchObject({ status: 'unhealthy', message: 'did not answer within 20 ms' });
    expect(result.response_time_ms).toBeGreaterThanOrEqual(15);
  });
});
