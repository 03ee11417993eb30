import fc from 'fast-check';
import { StartStop } from '../../src/engine/start-stop.js';

/** Something that fails when it is started or stopped in the middle of either, or twice. */
class Machine {
  state: 'stopped' | 'running' | 'moving' = 'stopped';
  opened = 0;
  failNext = false;

  readonly lifecycle = new StartStop(
    () => this.move('stopped', 'running'),
    () => this.move('running', 'stopped'),
  );

  private async move(from: 'stopped' | 'running', to: 'stopped' | 'running'): Promise<void> {
    expect(this.state).toBe(from);
    this.state = 'moving';
    await new Promise((resolve) => setImmediate(resolve));
    const failed = this.failNext;
    this.failNext = false;
    this.state = failed ? from : to;
    if (failed) throw new Error('failed');
    if (to === 'running') this.opened++;
  }
}

it('may be stopped without a start, and started and stopped twice', async () => {
  const machine = new Machine();
  await machine.lifecycle.stop();
  await Promise.all([machine.lifecycle.start(), machine.lifecycle.start()]);
  expect([machine.state, machine.opened]).toEqual(['running', 1]);
  await Promise.all([machine.lifecycle.stop(), machine.lifecycle.stop()]);
  expect(machine.state).toBe('stopped');
});

it('is stopped after a start that failed, and can be started again', async () => {
  const machine = new Machine();
  machine.failNext = true;
  await expect(machine.lifecycle.start()).rejects.toThrow('failed');
  await machine.lifecycle.stop();
  await machine.lifecycle.start();
  expect(machine.state).toBe('running');
});

it('ends as the last call says, whatever the order of the calls', async () => {
  const calls = fc.array(fc.tuple(fc.constantFrom('start' as const, 'stop' as const), fc.boolean()), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(calls, async (list) => {
      const machine = new Machine();
      const pending: Promise<void>[] = [];
      for (const [call, wait] of list) {
        const done = machine.lifecycle[call]();
        pending.push(done);
        if (wait) await done;
      }
      await Promise.all(pending);
      expect(machine.state).toBe(list.at(-1)![0] === 'start' ? 'running' : 'stopped');
    }),
  );
});
