import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import pg from 'pg';
import { type DemoRun, startDemo, startDemoByNpm } from '../../examples/ecommerce/test/support/demo-run.js';
import { createEmptyDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';

const MID_RUN = /process_payment +started, attempt 1 of 3/;
/** Two processors may have more to do than this. */
const PATIENCE = { timeoutMs: 45_000 };

describe('the demo, two at once', () => {
  let plain: DemoRun;
  let served: DemoRun;

  beforeAll(async () => {
    plain = startDemo();
    served = startDemo('--serve');
    await plain.exited;
  });

  it('ends by itself, well, and leaves nothing behind', async () => {
    expect(await plain.exited).toEqual({ code: 0, signal: null });
    expect(plain.lines.at(-1)).toBe('Stopped; nothing is left behind.');
    expect(plain.left()).toEqual([]);
  });

  it('says first what it is and what it starts', () => {
    expect(plain.lines[0]).toMatch(/^nestjs-tasker demo: /);
    expect(plain.lines.slice(1, 6)).toEqual([
      '',
      expect.stringMatching(/✔ PostgreSQL, embedded, on port \d+ {2}[\d.]+ s$/),
      expect.stringMatching(/✔ Nest application, which imports TaskerModule.forRoot\(\) {2}[\d.]+ s$/),
      '',
      'Order 1: 2 × Bluetooth Headphones, 1 × Water Bottle for 324.56 USD',
    ]);
  });

  it('shows every step of the first order, and that its payment is tried again', () => {
    expect(movesOf(plain, 'Order 1')).toEqual([
      'validate_cart: started, attempt 1 of 3',
      'validate_cart: complete after * ms',
      'process_payment: started, attempt 1 of 3',
      'process_payment: failed, attempt 1 of 3, SERVICE_UNAVAILABLE: the payment service is not available; again in * s',
      'process_payment: started, attempt 2 of 3',
      'process_payment: complete after * ms',
      'update_inventory: started, attempt 1 of 2',
      'update_inventory: complete after * ms',
      'create_order: started, attempt 1 of 3',
      'create_order: complete after * ms',
      'send_confirmation: started, attempt 1 of 5',
      'send_confirmation: complete after * ms',
    ]);
  });

  it('shows what came of it', () => {
    expect(plain.lines).toEqual(
      expect.arrayContaining([
        'Task 1 is complete.',
        expect.stringMatching(/^ {2}order +ORD-\d{8}-[0-9A-F]{8}, confirmed, delivery by \w+ \d\d, \d{4}$/),
        expect.stringMatching(/^ {2}paid +324.56 USD, charged once in 2 attempts, pay_[0-9a-f]{16}$/),
        expect.stringMatching(/^ {2}reserved +3 units of 2 products$/),
        expect.stringMatching(/^ {2}mail +to jordan@example.com, msg_[0-9a-f]{16}$/),
      ]),
    );
  });

  it('shows an operator why the second order is in error', () => {
    expect(movesOf(plain, 'Order 2').slice(2)).toEqual([
      'process_payment: started, attempt 1 of 3',
      'process_payment: failed for good, attempt 1 of 3, PAYMENT_DECLINED: insufficient_funds: the account does not cover the amount',
    ]);
    expect(plain.lines).toEqual(
      expect.arrayContaining([
        'Task 2 is in error. What an operator sees:',
        '  failed       process_payment (step 7), attempt 1 of 3',
        '  why          PAYMENT_DECLINED: insufficient_funds: the account does not cover the amount',
        '  not started  update_inventory, create_order, send_confirmation',
      ]),
    );
  });

  it('draws both runs as diagrams', () => {
    const [first = [], second = []] = diagramsOf(plain);
    expect(first).toEqual(
      expect.arrayContaining([
        '  task_1(["process_order 1.0.0<br/>✔ complete"]):::complete',
        expect.stringMatching(/^ {2}step_2\["process_payment<br\/>✔ complete<br\/>2\/3<br\/>\d+ ms"\]:::complete$/),
        '  step_1 --> step_2',
      ]),
    );
    expect(second).toEqual(
      expect.arrayContaining([
        '  task_2(["process_order 1.0.0<br/>✘ error"]):::error',
        '  step_7["process_payment<br/>✘ error<br/>1/3"]:::error',
        '  step_8["update_inventory<br/>· pending"]:::pending',
        '  step_7 -.-> step_8',
      ]),
    );
  });

  it('writes no control characters where nobody looks at them', () => {
    // eslint-disable-next-line no-control-regex -- that is the point
    expect(plain.lines.filter((line) => /[\u0000-\u001F]/.test(line))).toEqual([]);
  });

  it('serves the REST API with lines that work as pasted, and shows what comes of them', async () => {
    await served.waitForLine("/tasker/health/ready'", PATIENCE);
    const [create, list, get, steps, health, ...more] = served.lines.filter((line) => line.startsWith('curl '));
    expect(more).toEqual([]);
    expect(await paste(create)).toMatchObject({ task: { task_id: 3, name: 'process_order' } });
    expect(await paste(list)).toMatchObject({ tasks: [{ task_id: 3 }, { task_id: 2 }, { task_id: 1 }] });
    expect(await paste(get)).toMatchObject({ task: { task_id: 1, status: 'complete' } });
    expect(await paste(steps)).toMatchObject({
      steps: [{ name: 'validate_cart', status: 'complete' }, {}, {}, {}, {}],
    });
    expect(await paste(health)).toMatchObject({ ready: true });
    await served.waitForLine('Task 3 is complete.', PATIENCE);
  });

  it('stops serving on Ctrl-C, well, and leaves nothing behind', async () => {
    expect(await served.kill('SIGINT')).toEqual({ code: 0, signal: null });
    expect(served.lines.slice(-2)).toEqual(['Closing…', 'Stopped; nothing is left behind.']);
    expect(served.left()).toEqual([]);
  });
});

describe('the demo, when it is interrupted', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('closes everything on %s', async (signal, code) => {
    const demo = startDemo();
    await demo.waitForLine(MID_RUN, PATIENCE);
    expect(await demo.kill(signal)).toEqual({ code, signal: null });
    expect(demo.lines.slice(-2)).toEqual(['Closing…', 'Interrupted; nothing is left behind.']);
    expect(demo.left()).toEqual([]);
  });

  it('leaves nothing behind when it is killed', async () => {
    const demo = startDemo();
    await demo.waitForLine(MID_RUN, PATIENCE);
    expect(demo.left()).not.toEqual([]);
    await demo.kill('SIGKILL');
    await waitFor(() => demo.left().length === 0, { ...PATIENCE, message: () => demo.left() });
  });

  it('leaves nothing behind when npm is ended, which tells nobody', async () => {
    const { npm, lines, left } = startDemoByNpm('--serve');
    await waitFor(() => lines.some((line) => MID_RUN.test(line)), { ...PATIENCE, message: () => lines });
    npm.kill('SIGTERM');
    await waitFor(() => left().length === 0, { ...PATIENCE, message: left });
  });
});

describe('the demo, on a database that was named', () => {
  it('uses a schema of its own, and drops it with those of demos that were killed', async () => {
    const database = await createEmptyDatabase({ label: 'demo' });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const objects = async () => {
      const { rows } = await client.query<{ name: string }>(
        `select nspname as name from pg_namespace where nspname like 'tasker%'
         union all select relname from pg_class where relnamespace = 'public'::regnamespace`,
      );
      return rows.map(({ name }) => name);
    };
    try {
      const killed = startDemo('--database', database.url);
      await killed.waitForLine(MID_RUN, PATIENCE);
      await killed.kill('SIGKILL');
      const [forgotten] = await objects();
      expect(forgotten).toMatch(/^tasker_demo_[0-9a-f]{8}$/);

      const next = startDemo('--database', database.url);
      await next.waitForLine(MID_RUN, PATIENCE);
      expect(await objects()).toEqual([expect.stringMatching(/^tasker_demo_/)]);
      expect(await objects()).not.toContain(forgotten);
      expect(next.left()).toEqual([]);
      await next.kill('SIGINT');
      expect(await objects()).toEqual([]);
    } finally {
      await client.end();
      await database.drop();
    }
  });

  it('says so, without the password, when it cannot be reached', async () => {
    const demo = startDemo('--database', 'postgres://me:secret@127.0.0.1:1/shop');
    expect(await demo.exited).toEqual({ code: 1, signal: null });
    expect(demo.lines.at(-1)).toBe(
      'The database postgres://me@127.0.0.1:1/shop cannot be used: connect ECONNREFUSED 127.0.0.1:1',
    );
  });
});

describe('the demo, called wrongly', () => {
  it('says what was wrong and what there is', async () => {
    const demo = startDemo('--sreve');
    expect(await demo.exited).toEqual({ code: 2, signal: null });
    expect(demo.lines.slice(0, 3)).toEqual(["Unknown option '--sreve'.", '', 'Usage: npm run demo -- [options]']);
  });

  it('says so before it starts anything when the port is taken', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const demo = startDemo('--serve', '--port', String(port));
    expect(await demo.exited).toEqual({ code: 1, signal: null });
    expect(demo.lines.slice(2)).toEqual([
      `Port ${port} cannot be used: somebody else listens there. Without --port, any free one is taken.`,
    ]);
    server.close();
  });

  it('has help', async () => {
    const demo = startDemo('--help');
    expect(await demo.exited).toEqual({ code: 0, signal: null });
    expect(demo.lines[0]).toBe('Usage: npm run demo -- [options]');
  });
});

/** `step: what it did`, without the times. */
function movesOf({ lines }: DemoRun, order: string): string[] {
  const start = lines.findIndex((line) => line.startsWith(order));
  const end = lines.findIndex((line, index) => index > start && line.startsWith('Task '));
  return lines.slice(start, end).flatMap((line) => {
    const [, step, what] = /^ +\d+\.\d\d s {2}(\w+) +(.*)$/.exec(line) ?? [];
    if (step === undefined || what === undefined) return [];
    return [`${step}: ${what.replace(/[\d.]+ (ms|s)$/, '* $1')}`];
  });
}

function diagramsOf({ lines }: DemoRun): string[][] {
  const starts = lines.flatMap((line, index) => (line === 'flowchart TD' ? [index] : []));
  return starts.map((start) => lines.slice(start, lines.indexOf('', start)));
}

/** What a shell makes of a curl line; without curl, what the line means. */
async function paste(command = ''): Promise<unknown> {
  if (existsSync('/usr/bin/curl')) {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command]);
    return JSON.parse(stdout) as unknown;
  }
  const [, url = ''] = /'(http[^']+)'/.exec(command) ?? [];
  const [, body] = /-d '([^']+)'/.exec(command) ?? [];
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  return (await fetch(url, body === undefined ? {} : post)).json();
}
