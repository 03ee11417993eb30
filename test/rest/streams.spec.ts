import { request } from 'node:http';
import { type IncomingMessage } from 'node:http';
import { LiveEvents } from '../../src/engine/events/live/live-events.js';
import { waitFor } from '../support/wait-for.js';
import { type Host, startHost } from './support/host.js';

interface Message {
  readonly id?: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** What a browser's EventSource does. */
class Client {
  readonly messages: Message[] = [];
  status = 0;
  ended = false;
  private text = '';
  private constructor(readonly close: () => void) {}

  static async open(url: string, headers: Record<string, string> = {}): Promise<Client> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { headers: { accept: 'text/event-stream', ...headers } }, (response) => {
        client.status = response.statusCode!;
        client.read(response);
        resolve(client);
      });
      const client = new Client(() => sent.destroy());
      sent.on('error', reject).end();
    });
  }

  /** Waits until one has come that fits. */
  async see(event: string, more: object = {}): Promise<Message> {
    const fits = (message: Message): boolean =>
      message.event === event && Object.entries(more).every(([key, value]) => message.data[key] === value);
    await waitFor(() => Promise.resolve(this.messages.some(fits)), {
      message: () => `${event} among ${this.messages.map((message) => message.event).join(', ')}`,
    });
    return this.messages.find(fits)!;
  }

  get names(): string[] {
    return this.messages.map(({ event }) => event);
  }

  private read(response: IncomingMessage): void {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const parts = (this.text + chunk).split('\n\n');
      this.text = parts.pop()!;
      for (const part of parts.filter((one) => !one.startsWith(':'))) {
        const fields: Record<string, string> = {};
        for (const line of part.split('\n'))
          fields[line.slice(0, line.indexOf(':'))] = line.slice(line.indexOf(':') + 2);
        this.messages.push({ ...fields, data: JSON.parse(fields['data']!) as Message['data'] } as Message);
      }
    });
    response.on('close', () => (this.ended = true)).on('error', () => undefined);
  }
}

let host: Host;
/** Another process of the same database, as far as streams are concerned. */
let other: Host;
beforeAll(async () => {
  host = await startHost({ platform: 'fastify' });
  other = await startHost({ database: host.database, tasker: { worker: {} } });
});
afterAll(async () => {
  await other.close();
  await host.close();
});

it('tells of a task from where it is to its end, whoever works on it, and ends with it', async () => {
  const { taskId } = await host.tasker.createTask({ name: 'anything', context: {}, runAt: new Date('2099-01-01') });
  const client = await Client.open(`${host.url}/tasker/tasks/${taskId}/stream`);
  const first = await client.see('task');
  expect(first.data).toMatchObject({ task: { task_id: taskId, status: 'pending' } });
  const [step] = await host.tasker.listSteps(taskId);
  await other.tasker.resolveStep(step!.stepId, {}, { by: 'ann', reason: 'by hand' });
  const end = await client.see('end');
  expect(end.data).toEqual({ reason: 'complete' });
  expect([client.names[0], client.names.at(-2)]).toEqual(['task', 'task.completed']);
  expect(client.messages.find(({ event }) => event === 'step.resolved_manually')!.data).toMatchObject({
    task_id: taskId,
    step_name: 'first',
    by: 'ann',
  });
  await waitFor(() => Promise.resolve(client.ended));
});

it('goes on where a client was, telling each event once', async () => {
  const all = await Client.open(`${host.url}/tasker/tasks/stream?namespace=ecommerce&tag=again`);
  const order = { name: 'process_order', namespace: 'ecommerce', version: '1.0.0', tags: ['again'] };
  await host.tasker.createTask({ name: 'anything', context: {} });
  const { taskId } = await host.tasker.createTask({ ...order, context: { order_id: 1 } });
  await all.see('task.completed', { task_id: taskId });
  const middle = all.messages[3]!;
  expect(all.messages.every(({ data }) => data['task_id'] === taskId)).toBe(true);
  const back = await Client.open(`${host.url}/tasker/tasks/stream?namespace=ecommerce&tag=again`, {
    'last-event-id': middle.id!,
  });
  await back.see('task.completed', { task_id: taskId });
  expect(back.messages.map(({ id }) => id)).toEqual(all.messages.slice(4).map(({ id }) => id));
  const over = await Client.open(`${host.url}/tasker/tasks/${taskId}/stream`, {
    'last-event-id': all.messages.at(-1)!.id!,
  });
  expect(over.status).toBe(204);
  all.close();
  back.close();
});

it('reads the database for all clients at once, and not at all when they are gone', async () => {
  const live = host.app.get(LiveEvents, { strict: false });
  await waitFor(() => Promise.resolve(live.size === 0));
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => Client.open(`${host.url}/tasker/tasks/stream?state=complete`)),
  );
  expect(live.size).toBe(20);
  const { taskId } = await host.tasker.createTask({ name: 'anything', context: {} });
  for (const client of clients)
    expect((await client.see('task.completed', { task_id: taskId })).id).toMatch(/^\d+\.0$/);
  for (const client of clients) expect(client.names.every((name) => name === 'task.completed')).toBe(true);
  for (const client of clients) client.close();
  await waitFor(() => Promise.resolve(live.size === 0));
});

it('refuses what it cannot stream before it begins', async () => {
  for (const [path, status, headers] of [
    ['/tasker/tasks/9007199254740991/stream', 404, {}],
    ['/tasker/tasks/abc/stream', 400, {}],
    ['/tasker/tasks/stream?limit=3', 400, {}],
    ['/tasker/tasks/stream', 400, { 'last-event-id': 'x' }],
  ] as const) {
    const answer = await host.send('GET', path, undefined, { ...headers });
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
      path,
      status,
      'application/problem+json; charset=utf-8',
    ]);
  }
});

it('lets the application stop while clients listen', async () => {
  const third = await startHost({ database: host.database });
  const client = await Client.open(`${third.url}/tasker/tasks/stream`);
  await third.close();
  await waitFor(() => Promise.resolve(client.ended));
});
