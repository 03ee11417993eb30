import { type NextRound, Rounds } from '../../../../src/engine/events/durable/rounds.js';
import { waitFor } from '../../../support/wait-for.js';

function rounds(round: () => Promise<NextRound>) {
  const said: string[] = [];
  const made = new Rounds({
    round,
    onTrouble: (error) => said.push(String(error)),
    onRecovery: () => said.push('recovered'),
  });
  return { made, said };
}

it('does another round when it is woken, never two at once, and none after its stop', async () => {
  let [running, most, count] = [0, 0, 0];
  const { made } = rounds(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    count++;
    return { afterMs: Infinity };
  });
  made.start();
  made.start();
  await waitFor(() => count === 1);
  for (let n = 0; n < 5; n++) made.wake();
  await waitFor(() => count === 2);
  made.wake();
  await new Promise((resolve) => setImmediate(resolve));
  await made.stop();
  const before = count;
  made.wake();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([count, most]).toEqual([before, 1]);
});

it('goes on by itself when the round says so, and keeps the gap when woken', async () => {
  const began: number[] = [];
  const { made } = rounds(async () => {
    began.push(performance.now());
    return { afterMs: 30, gapMs: 20 };
  });
  made.start();
  await waitFor(() => began.length === 2);
  made.wake();
  await waitFor(() => began.length === 3);
  await made.stop();
  expect(began[1]! - began[0]!).toBeGreaterThanOrEqual(29);
  expect(began[2]! - began[1]!).toBeGreaterThanOrEqual(19);
});

it('says once that rounds fail, goes on, and says when they work again', async () => {
  let count = 0;
  const { made, said } = rounds(async () => {
    if (++count <= 3) throw new Error('no');
    return { afterMs: Infinity };
  });
  made.start();
  await waitFor(() => count === 4);
  await made.stop();
  expect(said).toEqual(['Error: no', 'recovered']);
});

it('can be stopped from within a round', async () => {
  let count = 0;
  const { made } = rounds(async () => {
    count++;
    void made.stop();
    return { afterMs: 0 };
  });
  made.start();
  await waitFor(() => count === 1);
  await made.stop();
  expect(count).toBe(1);
});
