import { sharedCall } from '../../src/health/shared-call.js';

interface Started {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

/** A call that ends when the test says so. */
function manual() {
  const started: Started[] = [];
  const call = (): Promise<string> => new Promise((resolve, reject) => started.push({ resolve, reject }));
  return { started, call };
}

describe('a shared call', () => {
  it('is made once for all who ask while it is under way', async () => {
    const { started, call } = manual();
    const ask = sharedCall(call, 60_000);
    const answers = [ask(), ask(), ask()];
    expect(started).toHaveLength(1);
    started[0]!.resolve('one');
    expect(await Promise.all(answers)).toEqual(['one', 'one', 'one']);
  });

  it('is made anew when it has ended, well or not', async () => {
    const { started, call } = manual();
    const ask = sharedCall(call, 60_000);
    const first = ask();
    started[0]!.reject(new Error('down'));
    await expect(first).rejects.toThrow('down');
    const second = ask();
    started[1]!.resolve('two');
    expect(await second).toBe('two');
    void ask();
    expect(started).toHaveLength(3);
  });

  it('is given up on when it hangs, and its late end does not disturb the next', async () => {
    const { started, call } = manual();
    const ask = sharedCall(call, 0);
    void ask();
    const second = ask();
    expect(started).toHaveLength(2);
    started[0]!.resolve('late');
    started[1]!.resolve('two');
    expect(await second).toBe('two');
  });
});
