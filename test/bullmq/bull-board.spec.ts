/** Bull Board shows our queues as it shows any other: nothing of ours is needed for it but their names. */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Test } from '@nestjs/testing';
import { type Queue } from 'bullmq';
import { TaskerModule, TaskerService } from 'nestjs-tasker';
import { TaskerBullMqModule, wakeupQueueName } from 'nestjs-tasker/bullmq';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { waitFor } from '../support/wait-for.js';
import { DEFINITIONS, HANDLERS } from './fixtures/fleet-workflows.js';
import { type BullMqPlace, REDIS_LIKE } from './support/backends.js';

type Board = Parameters<typeof createBullBoard>[0]['serverAdapter'];
type Routes = Parameters<Board['setApiRoutes']>[0];
type Queues = Parameters<Board['setQueues']>[0];

/** The part of a web framework that the board asks for. */
class FakeServer {
  private queues!: Queues;
  private readonly routes = new Map<string, Routes[number]>();

  readonly adapter: Board = new Proxy({} as Board, { get: (_target, name) => (given: never) => this.set(name, given) });

  async get(path: string, query: object): Promise<unknown> {
    const { body } = await this.routes.get(path)!.handler({
      queues: this.queues,
      query,
      params: {},
      body: {},
      headers: {},
    } as never);
    return body;
  }

  private set(what: string | symbol, given: Queues & Routes): Board {
    if (what === 'setQueues') this.queues = given;
    if (what === 'setApiRoutes') {
      for (const one of given) for (const path of [one.route].flat()) this.routes.set(path, one);
    }
    return this.adapter;
  }
}

describe('Bull Board', () => {
  let place: BullMqPlace;
  let database: TestDatabase;

  beforeAll(async () => {
    place = await REDIS_LIKE.open();
    database = await createTestDatabase({ label: 'bull_board' });
  });
  afterAll(async () => {
    await database.drop();
    await place.close();
  });

  it('lists the wake-ups of a namespace: who takes them, those delivered and those for later', async () => {
    const name = wakeupQueueName('default');
    const app = await Test.createTestingModule({
      imports: [
        BullModule.forRoot({ connection: { url: place.url } }),
        BullModule.registerQueue({ name, prefix: place.prefix }),
        TaskerModule.forRoot({ database: { url: database.url }, definitions: DEFINITIONS, rest: false }),
        TaskerBullMqModule.forRoot({ prefix: place.prefix }),
      ],
      providers: HANDLERS,
    })
      .setLogger(new RecordingLogger())
      .compile();
    await app.init();
    const queue = app.get<Queue>(getQueueToken(name), { strict: false });
    const server = new FakeServer();
    createBullBoard({
      queues: [new BullMQAdapter(queue)],
      serverAdapter: server.adapter,
      options: { uiBasePath: '.' },
    });

    const tasker = app.get(TaskerService, { strict: false });
    const [task] = await tasker.createTasks([
      { name: 'single', context: {} },
      { name: 'stumbling', context: { retryAfter: 120 } },
    ]);
    await waitFor(async () => {
      const shown = await server.get('/api/queues', { activeQueue: name, status: 'completed' });
      expect(shown).toMatchObject({
        queues: [{ name, counts: { delayed: 1, failed: 0 } }],
      });
      const { jobs } = (shown as { queues: { jobs: { name: string; data: { taskId: number } }[] }[] }).queues[0]!;
      expect(jobs[0]).toMatchObject({ name: 'wake' });
      expect(jobs.map(({ data }) => data.taskId)).toContain(task!.taskId);
      return true;
    });
    await app.close();
  });
});
