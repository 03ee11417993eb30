/** What every wake-up driver does, whatever it stands on. A spec file calls it once for each driver and backend. */
import { type Wakeup, type WakeHint } from '../../../src/engine/wakeup/wakeup.js';
import { waitFor } from '../../support/wait-for.js';
import { RecordingSleeper } from './recording-sleeper.js';

/** A driver as one process has it, with connections of its own. */
export interface DriverInProcess {
  readonly wakeup: Wakeup;
  /** Ends all of the process's connections. */
  end(): Promise<void>;
}

export interface DriverBackend {
  process(): Promise<DriverInProcess>;
  /** Nobody reaches it any more. */
  lose(): Promise<void>;
  /** It can be reached again. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

export interface DriverTraits {
  /** It holds hints for later until they are due; without this, the poll finds what they meant. */
  readonly keepsLaterHints: boolean;
}

/** Tests share a backend, but no namespace: what one left behind wakes nobody in the next. */
let testNumber = 0;

export function wakeupContract(open: () => Promise<DriverBackend>, { keepsLaterHints }: DriverTraits): void {
  let backend: DriverBackend;
  let processes: DriverInProcess[];

  beforeAll(async () => {
    backend = await open();
  });
  beforeEach(() => {
    processes = [];
    testNumber++;
  });
  afterEach(async () => {
    await backend.recover();
    await Promise.all(processes.map(({ wakeup }) => wakeup.stop()));
    await Promise.all(processes.map((one) => one.end()));
  });
  afterAll(() => backend?.close());

  const create = async (): Promise<Wakeup> => {
    const one = await backend.process();
    processes.push(one);
    return one.wakeup;
  };
  /** A process that works. */
  const started = async (): Promise<[Wakeup, RecordingSleeper]> => {
    const [wakeup, sleeper] = [await create(), aSleeper()];
    await wakeup.start(sleeper);
    await healthy(wakeup);
    return [wakeup, sleeper];
  };

  describe('a hint', () => {
    it('wakes another process', async () => {
      const [[a], [, sleeper]] = [await started(), await started()];
      await wakes(sleeper, () => a.announce([hint(1)]));
    });

    it('wakes another process each time, although the one that gives it takes hints too', async () => {
      const [[a, full], [, sleeper]] = [await started(), await started()];
      full.isFull = true;
      for (let taskId = 1; taskId <= 20; taskId++) await wakes(sleeper, () => a.announce([hint(taskId)]));
    });

    it('wakes again for the same task, once the first has been heard', async () => {
      const [[a, full], [, sleeper]] = [await started(), await started()];
      full.isFull = true;
      for (let i = 0; i < 5; i++) await wakes(sleeper, () => a.announce([hint(1)]));
    });

    it('is given by a process that takes none', async () => {
      const [[, sleeper], a] = [await started(), await create()];
      await wakes(sleeper, () => a.announce([hint(1)]));
    });

    it('goes unheard by a process that does not know its namespace, and is harmless there', async () => {
      const [[a], [, sleeper]] = [await started(), await started()];
      a.announce([{ ...hint(1), namespace: 'nobodys' }]);
      await wakes(sleeper, () => a.announce([hint(1)]));
    });

    it('for a namespace that appears later wakes those who know it by then', async () => {
      const [[a, other], [, sleeper]] = [await started(), await started()];
      const late = { ...hint(1), namespace: `late-${testNumber}` };
      other.isFull = true;
      a.announce([late]);
      sleeper.known = [...sleeper.known, late.namespace];
      await wakes(sleeper, () => a.announce([late]));
    });
  });

  describe('many hints', () => {
    it('are joined: few looks for thousands of them, and one of those after the last', async () => {
      const [[a, full], [, sleeper]] = [await started(), await started()];
      full.isFull = true;
      for (let round = 0; round < 100; round++) a.announce(Array.from({ length: 50 }, (_, i) => hint(i + 1)));
      await wakes(sleeper, () => a.announce([hint(1)]));
      expect(sleeper.looks).toBeLessThan(100);
    });

    it('wake whoever has room, when others are full', async () => {
      const [[a, full], [, alsoFull], [, sleeper]] = [await started(), await started(), await started()];
      full.isFull = alsoFull.isFull = true;
      for (let taskId = 1; taskId <= 10; taskId++) await wakes(sleeper, () => a.announce([hint(taskId)]));
    });

    it('reach a process that was full when they came, once it has room', async () => {
      const [[a, full], [, sleeper]] = [await started(), await started()];
      full.isFull = sleeper.isFull = true;
      await wakes(sleeper, () => {
        a.announce([hint(1)]);
        sleeper.isFull = false;
      });
    });

    it('are passed on by a process that could not take everything', async () => {
      const [[a, full], [b, first], [c, second]] = [await started(), await started(), await started()];
      full.isFull = true;
      a.announce([hint(1)]);
      await waitFor(() => first.looks + second.looks > 0, { message: 'one to look' });
      const [taker, sleeper, other] = first.looks > 0 ? [b, first, second] : [c, second, first];
      const before = other.looks;
      sleeper.isFull = true;
      taker.passOn();
      await waitFor(() => other.looks > before || (first.looks > 0 && second.looks > 0), {
        message: 'the next to look',
      });
    });
  });

  describe('a hint for later', () => {
    it('wakes nobody before it is due', async () => {
      const [[a], [, sleeper]] = [await started(), await started()];
      a.announce([hint(1, 60_000)]);
      await wakes(sleeper, () => a.announce([hint(2)]));
      const looks = sleeper.looks;
      await wakes(sleeper, () => a.announce([hint(3)]));
      expect(sleeper.looks - looks).toBeLessThanOrEqual(2);
    });

    it('does not keep one for now from being heard', async () => {
      const [[a], [, sleeper]] = [await started(), await started()];
      a.announce([hint(1, 60_000)]);
      await wakes(sleeper, () => a.announce([hint(1)]));
    });

    if (keepsLaterHints) {
      it('wakes others when it is due, also when the process that gave it is gone', async () => {
        const [[a, full], [, sleeper]] = [await started(), await started()];
        full.isFull = true;
        await wakes(sleeper, () => a.announce([hint(1)]));
        const start = performance.now();
        const looks = sleeper.looks;
        a.announce([hint(1, 700)]);
        await a.stop();
        await processes[0]!.end();
        await waitFor(() => sleeper.looks > looks, { message: 'the later hint' });
        expect(performance.now() - start).toBeGreaterThanOrEqual(700);
      });
    }
  });

  describe('its life', () => {
    it('may be started twice, and wakes as if it had been once', async () => {
      const [[a, full], [b, sleeper]] = [await started(), await started()];
      full.isFull = true;
      await b.start(sleeper);
      await wakes(sleeper, () => a.announce([hint(1)]));
    });

    it('may be stopped without a start, and twice', async () => {
      const wakeup = await create();
      await wakeup.stop();
      await wakeup.stop();
      const [running] = await started();
      await Promise.all([running.stop(), running.stop()]);
      await running.stop();
    });

    it('wakes no more once it is stopped', async () => {
      const [[a, full], [b, stopped], [, sleeper]] = [await started(), await started(), await started()];
      full.isFull = true;
      await b.stop();
      const looks = stopped.looks;
      for (let taskId = 1; taskId <= 5; taskId++) await wakes(sleeper, () => a.announce([hint(taskId)]));
      expect(stopped.looks).toBe(looks);
    });

    it('may be started again', async () => {
      const [[a, full], [b, sleeper]] = [await started(), await started()];
      full.isFull = true;
      await b.stop();
      await b.start(sleeper);
      await healthy(b);
      await wakes(sleeper, () => a.announce([hint(1)]));
    });

    it('bears starts and stops in any order and at once', async () => {
      const [[a, full], b, sleeper] = [await started(), await create(), aSleeper()];
      full.isFull = true;
      const acts = Array.from({ length: 40 }, (_, i) => (i * 7) % 3 === 0);
      await Promise.all(acts.map((starts) => (starts ? b.start(sleeper) : b.stop())));
      await b.start(sleeper);
      await healthy(b);
      await wakes(sleeper, () => a.announce([hint(1)]));
    });

    it('bears announcements before a start and after a stop', async () => {
      const wakeup = await create();
      wakeup.announce([hint(1)]);
      wakeup.passOn();
      await wakeup.stop();
      wakeup.announce([hint(1), hint(2, 1_000)]);
      wakeup.passOn();
      await wakeup.stop();
    });

    it('still tells what was announced just before it was stopped', async () => {
      const [[a, full], [, sleeper]] = [await started(), await started()];
      full.isFull = true;
      await wakes(sleeper, () => {
        a.announce([hint(1)]);
        a.announce([hint(2)]);
        return a.stop();
      });
    });
  });

  describe('a lost backend', () => {
    it('is noticed, throws nothing at those who announce, and is found again', async () => {
      const [[a, full], [b, sleeper]] = [await started(), await started()];
      full.isFull = true;
      await backend.lose();
      await waitFor(() => !a.isHealthy && !b.isHealthy, { message: 'the loss to be noticed' });
      for (let taskId = 1; taskId <= 1_000; taskId++) a.announce([hint(taskId), hint(taskId, taskId)]);
      const looks = sleeper.looks;
      await backend.recover();
      await Promise.all([healthy(a), healthy(b)]);
      await waitFor(() => sleeper.looks > looks, { message: 'a look for what was told meanwhile' });
      await wakes(sleeper, () => a.announce([hint(1)]));
    });

    it('does not keep a process from starting', async () => {
      await backend.lose();
      const [a, sleeper] = [await create(), aSleeper()];
      await endsWithin(1_000, a.start(sleeper));
      expect(a.isHealthy).toBe(false);
      await backend.recover();
      await healthy(a);
      const [b, full] = await started();
      full.isFull = true;
      await wakes(sleeper, () => b.announce([hint(1)]));
    });

    it('does not keep a process from ending, whether it was reached before or never', async () => {
      const [reached] = await started();
      await backend.lose();
      const [never] = [await create()];
      await never.start(aSleeper());
      for (const wakeup of [reached, never]) wakeup.announce([hint(1)]);
      await endsWithin(2_000, Promise.all([reached.stop(), never.stop()]));
    });
  });
}

function hint(taskId: number, delayMs = 0): WakeHint {
  return { namespace: `test-${testNumber}`, taskId, delayMs };
}

function aSleeper(): RecordingSleeper {
  return new RecordingSleeper([`test-${testNumber}`]);
}

async function wakes(sleeper: RecordingSleeper, act: () => unknown): Promise<void> {
  const looks = sleeper.looks;
  await act();
  await waitFor(() => sleeper.looks > looks, { message: 'a look' });
}

async function healthy(wakeup: Wakeup): Promise<void> {
  await waitFor(() => wakeup.isHealthy, { message: 'the driver to be healthy', timeoutMs: 20_000 });
}

async function endsWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work;
  expect(performance.now() - start).toBeLessThan(ms);
}
