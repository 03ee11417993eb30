import { Injectable, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { StepHandler, TaskerModule, TaskerService, TaskerWorker } from 'nestjs-tasker';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Gate } from '../support/gate.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { waitFor } from '../support/wait-for.js';

let database: TestDatabase;
beforeAll(async () => void (database = await createTestDatabase({ label: 'lifecycle' })));
afterAll(() => database.drop());

it('starts the worker after the host and stops it before: a running step finds the services of the host open', async () => {
  const log: string[] = [];
  const gate = new Gate();

  @Injectable()
  class Gateway implements OnApplicationBootstrap, OnModuleDestroy {
    open = false;

    constructor(private readonly worker: TaskerWorker) {}

    onApplicationBootstrap() {
      log.push(`gateway opens, worker ${this.worker.status.state}`);
      this.open = true;
    }

    onModuleDestroy() {
      log.push(`gateway closes, worker ${this.worker.status.state}`);
      this.open = false;
    }
  }

  @StepHandler('call')
  class Call implements StepHandler {
    constructor(private readonly gateway: Gateway) {}

    async process() {
      await gate.pass();
      log.push(`step ends, gateway ${this.gateway.open ? 'open' : 'closed'}`);
      return {};
    }
  }

  @Module({ providers: [Gateway, Call], exports: [Gateway] })
  class GatewayModule {}

  @Module({
    imports: [
      GatewayModule,
      TypeOrmModule.forRoot({ type: 'postgres', url: database.url, autoLoadEntities: true }),
      TaskerModule.forRoot({ definitions: [{ name: 'call', steps: [{ name: 'call', handler: Call }] }] }),
    ],
  })
  class AppModule {}

  const app = await Test.createTestingModule({ imports: [AppModule] })
    .setLogger(new RecordingLogger())
    .compile();
  await app.init();
  const { taskId } = await app.get(TaskerService).createTask({ name: 'call' });
  await gate.arrived();
  const closing = app.close();
  await waitFor(() => app.get(TaskerWorker).status.state === 'stopping', { message: 'the worker to be told' });
  gate.open();
  await closing;
  expect(taskId).toBeGreaterThan(0);
  expect(log).toEqual(['gateway opens, worker stopped', 'step ends, gateway open', 'gateway closes, worker stopped']);
});
