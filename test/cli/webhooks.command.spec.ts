import { Receiver } from '../engine/events/webhooks/receiver.js';
import { tasker } from '../support/tasker-command.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let receiver: Receiver;
const webhooks = (...args: string[]) => tasker(database.url, 'webhooks', ...args);

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase({ label: 'cli' }), Receiver.start()]);
});
afterAll(async () => {
  await receiver.stop();
  await database.drop();
});

it('makes one, shows it, tests it, changes its secret, holds it back and forgets it', async () => {
  const added = await webhooks(
    'add',
    'shop',
    receiver.url,
    '--event',
    'task.*',
    '--allow-private',
    '--header',
    'X-A: b',
  );
  expect(added).toEqual({
    code: 0,
    lines: ['shop: enabled', `    task.* to ${receiver.url}`, expect.stringMatching(/^ {4}secret whsec_/) as string],
  });
  const sent = await webhooks('test', 'shop', '--allow-private');
  expect(sent).toEqual({ code: 0, lines: [expect.stringMatching(/^accepted with 204 \(\d+ ms\)$/) as string] });
  expect(receiver.all[0]).toMatchObject({ event: { name: 'webhook.test' }, headers: { 'x-a': 'b' } });
  const { lines } = await webhooks('rotate', 'shop', '--json');
  expect(JSON.parse(lines.join(''))).toMatchObject({ secret: expect.stringMatching(/^whsec_/) as string });
  expect((await webhooks('disable', 'shop', '--by', 'ann', '--reason', 'inventory')).lines[0]).toMatch(
    /^shop: disabled since .*: inventory$/,
  );
  expect((await webhooks('enable', 'shop', '--skip')).lines[0]).toBe('shop: enabled');
  expect(await webhooks('remove', 'shop')).toEqual({ code: 0, lines: ['removed shop'] });
  expect(await webhooks('list')).toEqual({ code: 0, lines: ['There is no webhook.'] });
});

it('fails with one sentence, and with 2 when it is called wrongly', async () => {
  expect(await webhooks('disable', 'nothing')).toEqual({
    code: 1,
    lines: ['WEBHOOK_NOT_FOUND: There is no webhook "nothing".'],
  });
  const refused = await webhooks('add', 'shop', receiver.url, '--event', 'task.*');
  expect(refused).toMatchObject({ code: 1, lines: [expect.stringContaining('url must begin with https://')] });
  expect((await webhooks('add', 'shop', receiver.url)).code).toBe(2);
});
