import { Logger } from '@nestjs/common';
import { type Duty } from '../../../src/engine/maintenance/duty.js';
import { Maintainer } from '../../../src/engine/maintenance/maintainer.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { waitFor } from '../../support/wait-for.js';

const logger = new RecordingLogger();
beforeAll(() => void Logger.overrideLogger(logger));
afterAll(() => void Logger.overrideLogger(true));

function duty(run: Duty['run'], intervalMs = 1): Duty {
  return { name: 'a duty', intervalMs, run };
}

it('runs every duty again and again, each round when the one before it has ended', async () => {
  let rounds = 0;
  let atOnce = 0;
  let most = 0;
  const slow = duty(async () => {
    most = Math.max(most, ++atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    atOnce--;
    rounds++;
  });
  const maintainer = new Maintainer([slow]);
  maintainer.start();
  maintainer.start();
  await waitFor(() => rounds >= 3);
  await maintainer.stop();
  expect(most).toBe(1);
  const after = rounds;
  await maintainer.stop();
  expect(rounds).toBe(after);
});

it('goes on with a duty that fails, and with the others', async () => {
  let failures = 0;
  let rounds = 0;
  const fails = duty(async () => {
    failures++;
    throw new Error('not today');
  });
  const works = duty(async () => void rounds++);
  const maintainer = new Maintainer([fails, works]);
  maintainer.start();
  await waitFor(() => failures >= 2 && rounds >= 2);
  await maintainer.stop();
  expect(logger.find('warn', 'a duty failed and will be tried again: Error: not today')).toHaveLength(1);
});

it('tells a round that is under way to end when it stops, and waits for it; and can start again', async () => {
  const signals: AbortSignal[] = [];
  let ended = 0;
  const long = duty(async (signal) => {
    signals.push(signal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    ended++;
  });
  const maintainer = new Maintainer([long]);
  for (let times = 1; times <= 2; times++) {
    maintainer.start();
    await waitFor(() => signals.length === times);
    expect(signals[times - 1]!.aborted).toBe(false);
    await maintainer.stop();
    expect(ended).toBe(times);
  }
});
