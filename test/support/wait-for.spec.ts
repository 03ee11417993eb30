import { waitFor } from './wait-for.js';

describe('waitFor', () => {
  it('returns what the condition gave, once it is something', async () => {
    let calls = 0;
    expect(await waitFor(() => (++calls === 3 ? { calls } : undefined))).toEqual({ calls: 3 });
  });

  it('takes an error as not yet', async () => {
    let calls = 0;
    const flaky = () => {
      if (++calls < 3) throw new Error('not there');
      return 'there';
    };
    expect(await waitFor(flaky)).toBe('there');
  });

  it('says at the deadline what it waited for and how things stood', async () => {
    const never = waitFor(() => false, { timeoutMs: 20, message: () => ({ task: 'pending' }) });
    await expect(never).rejects.toThrow('Waited 20 ms for {"task":"pending"}; the last time, it gave false');
  });
});
