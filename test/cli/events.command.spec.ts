import { StepHandler, type StepContext } from 'nestjs-tasker';
import { type RunningProcess, startProcess } from '../support/processes.js';
import { tasker } from '../support/tasker-command.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();
const events = (...args: string[]) => tasker(test.database.url, 'events', ...args);

@StepHandler('ship')
class Ship implements StepHandler {
  process({ events, attempt }: StepContext): void {
    events.publish('order.shipped', { carrier: 'dhl', password: 'hunter2', iban: 'DE02' });
    if (attempt === 1) throw new Error('the van\nis full');
  }
}

const SHIPPING = {
  name: 'shipping',
  namespace: 'shop',
  sensitive: ['iban'],
  steps: [
    {
      name: 'ship_order',
      handler: 'ship',
      customEvents: [
        {
          name: 'order.shipped',
          description: 'The parcel is on its way.',
          schema: { type: 'object', required: ['carrier'] },
        },
      ],
    },
  ],
};

const start = () =>
  test.start({
    definitions: [SHIPPING],
    providers: [Ship],
    options: { backoff: { delaysSeconds: [0.01], jitter: 0 } },
  });

async function tail(...args: string[]): Promise<RunningProcess> {
  const running = startProcess('src/cli/main.ts', {
    args: ['events', 'tail', ...args],
    env: { TASKER_DATABASE_URL: test.database.url },
  });
  await running.waitForLine('Following');
  return running;
}

async function end(running: RunningProcess): Promise<readonly string[]> {
  expect(await running.kill('SIGINT')).toEqual({ code: 0, signal: null });
  return running.lines.filter((line) => !line.startsWith('Following'));
}

describe('without a worker', () => {
  beforeEach(async () => (await start()).close());

  it('lists what there is, the events of stored definitions included', async () => {
    const { code, lines } = await events('list');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^task\.initialize_requested {2,}A task was created\.$/);
    expect(lines.at(-1)).toMatch(/^order\.shipped {2,}The parcel is on its way\.$/);
    expect(lines).toContainEqual(expect.stringMatching(/^step\.before_handle .*\(only in the process/));
    const { lines: json } = await events('list', '--namespace', 'order', '--json');
    expect(JSON.parse(json.join(''))).toMatchObject({
      events: [{ name: 'order.shipped', category: 'custom', firedBy: ['step "ship_order" of shop.shipping@0.1.0'] }],
    });
  });

  it('shows one with its fields, schema, example and durable subscribers', async () => {
    await test.sql(`insert into tasker_event_subscribers (name, patterns, position, announced)
      values ('billing', '["order.*", "task.completed"]', 0, 0), ('other', '["step.*"]', 0, 0)`);
    try {
      const { code, lines } = await events('show', 'order.shipped');
      expect(code).toBe(0);
      expect(lines.slice(0, 4)).toEqual([
        'order.shipped: The parcel is on its way.',
        'Fired by step "ship_order" of shop.shipping@0.1.0.',
        'Fields of its own: attempt, payload',
        'Schema of its payload:',
      ]);
      expect(lines.slice(-2)).toEqual(['Durable subscribers:', '  billing: nobody delivers now']);
      const shown = JSON.parse((await events('show', 'step.failed', '--json')).lines.join('')) as object;
      expect(shown).toMatchObject({
        name: 'step.failed',
        example: { name: 'step.failed', error: { errorCode: 'CARD_DECLINED' } },
        subscribers: [{ name: 'other' }],
      });
    } finally {
      await test.sql('delete from tasker_event_subscribers');
    }
  });

  it('says what to do about a name there is not, and about an age that is none', async () => {
    const unknown = await events('show', 'task.complete');
    expect(unknown.code).toBe(1);
    expect(unknown.lines.join('\n')).toContain(
      'UNKNOWN_EVENT: There is no event "task.complete". Did you mean "task.completed"?',
    );
    const wrong = await events('tail', '--since', 'yesterday');
    expect(wrong.code).toBe(2);
    expect(wrong.lines.join('\n')).toContain('such as 30s, 10m, 2h or 1d');
  });
});

describe('tail', () => {
  it('follows what is committed from now on, secrets masked, and ends with 0 on Ctrl-C', async () => {
    const { tasker: service } = await start();
    const before = await service.createTask({ name: 'shipping', namespace: 'shop' });
    await service.waitForTask(before.taskId);
    const lines = await tail();
    const json = await tail('--json', '--pattern', 'order.**', 'task.*');
    const { taskId } = await service.createTask({ name: 'shipping', namespace: 'shop' });
    await service.waitForTask(taskId);
    await lines.waitForLine('task.completed');
    await json.waitForLine('task.completed');

    const shown = await end(lines);
    const task = `task ${taskId} shop.shipping`;
    const told = shown.map((line) => line.replace(/^\S+ +/, '').replaceAll(/ {2,}/g, '  '));
    expect(told).toContain(`task.initialize_requested  ${task}  - 1 steps`);
    expect(told.find((line) => line.startsWith('step.failed'))).toMatch(
      new RegExp(`^step.failed  ${task}  ship_order  #1  - \\d+ ms, the van is full, again at 20`),
    );
    expect(told.find((line) => line.startsWith('order.shipped'))).toBe(
      `order.shipped  ${task}  ship_order  #2  - {"iban":"[FILTERED]","carrier":"dhl","password":"[FILTERED]"}`,
    );
    expect(shown.filter((line) => line.includes(`task ${before.taskId} `))).toEqual([]);

    const objects = (await end(json)).map((line) => JSON.parse(line) as { name: string; taskId: number });
    expect(objects.map(({ name }) => name)).toEqual([
      'task.initialize_requested',
      'task.start_requested',
      'order.shipped',
      'task.completed',
    ]);
  });

  it('begins as long ago as asked for, with one task when asked for, and survives lost connections', async () => {
    const { tasker: service } = await start();
    const ids: number[] = [];
    for (let i = 0; i < 2; i++) ids.push((await service.createTask({ name: 'shipping', namespace: 'shop' })).taskId);
    for (const id of ids) await service.waitForTask(id);
    const all = await tail('--since', '1h', '--pattern', 'task.completed', '--json');
    const one = await tail('--since', '1h', '--pattern', 'task.*', '--task', String(ids[0]));
    await one.waitForLine('task.completed');
    await test.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'nestjs-tasker'`,
    );
    const { taskId } = await service.createTask({ name: 'shipping', namespace: 'shop' });
    await service.waitForTask(taskId);
    await all.waitForLine(`"taskId":${taskId}`);
    const completed = (await end(all)).filter((line) => line.startsWith('{'));
    expect(completed.map((line) => (JSON.parse(line) as { taskId: number }).taskId)).toEqual([...ids, taskId]);
    const own = (await end(one)).filter((line) => line.includes('  task.'));
    expect(own.every((line) => line.includes(`task ${ids[0]} `))).toBe(true);
    expect(own).toHaveLength(3);
  });

  it('misses nothing of a transaction that commits later than one with higher ids', async () => {
    await start();
    const running = await tail('--pattern', 'odd.*');
    const slow = await test.connect();
    await slow.query(`begin; insert into tasker_events (name) values ('odd.first')`);
    const [{ at }] = (await test.sql<{ at: Date }>(
      `insert into tasker_events (name) values ('odd.second') returning clock_timestamp() as at`,
    )) as [{ at: Date }];
    // It looks again and again meanwhile, and sees the second.
    await waitFor(async () => {
      const looked = await test.sql(
        `select from pg_stat_activity where application_name = 'nestjs-tasker' and query_start > $1
         and query like '%tasker_event_horizon%'`,
        [at],
      );
      return looked.length > 0;
    });
    expect(running.lines.filter((line) => / odd\./.test(line))).toEqual([]);
    await slow.query('commit');
    await running.waitForLine('odd.second');
    const names = (await end(running)).map((line) => line.split(/\s+/)[1]);
    expect(names.filter((name) => name?.startsWith('odd.'))).toEqual(['odd.first', 'odd.second']);
    await test.sql('delete from tasker_events');
  });

  it('says so when nothing can fit a pattern', async () => {
    await start();
    const running = await tail('--pattern', 'task.complete', '--pattern', 'step.before_handle');
    const said = await end(running);
    expect(said).toContain('Nothing that is known here fits "task.complete". Did you mean "task.completed"?');
    expect(said).toContain(
      '"step.before_handle" is told in the process where it happens only, and will not be seen here.',
    );
  });
});
