/** The host's own event emitter hears of everything, and what its listeners do disturbs nothing. */
import { Injectable } from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type EventFor, OnTaskerEvent, TaskerModule, TaskerService } from 'nestjs-tasker';
import { chain } from '../support/dags.js';
import { Stub } from '../support/mock-handlers.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { useTestApps } from '../support/use-test-apps.js';
import { waitFor } from '../support/wait-for.js';

const test = useTestApps();

@Injectable()
class Listener {
  readonly completed: number[] = [];
  readonly decorated: string[] = [];

  @OnEvent('tasker.task.completed')
  complete({ taskId }: EventFor<'task.completed'>): void {
    this.completed.push(taskId);
  }

  @OnEvent('tasker.step.completed')
  throws(): never {
    throw new Error('thrown by OnEvent');
  }

  @OnTaskerEvent('task.*')
  decorate({ name }: EventFor<'task.*'>): void {
    this.decorated.push(name);
  }
}

@Injectable()
class WildcardListener {
  readonly names: string[] = [];

  @OnEvent('tasker.task.*')
  any({ name }: EventFor<'task.*'>): void {
    this.names.push(name);
  }
}

const TASK_EVENTS = ['task.initialize_requested', 'task.start_requested', 'task.completed'];

it.each([{ wildcard: true }, { wildcard: false }, {}])(
  'an EventEmitterModule with %j is told everything',
  async (options) => {
    const logger = new RecordingLogger();
    const module = await Test.createTestingModule({
      imports: [
        EventEmitterModule.forRoot(options),
        TypeOrmModule.forRoot({ type: 'postgres', url: test.database.url, autoLoadEntities: true, retryAttempts: 0 }),
        TaskerModule.forRoot({ definitions: [chain(2)] }),
      ],
      providers: [Stub, Listener, WildcardListener],
    })
      .setLogger(logger)
      .compile();
    await module.init();
    try {
      const emitter = module.get(EventEmitter2);
      emitter.on('tasker.task.start_requested', () => {
        throw new Error('thrown by on');
      });
      const rejecting = (): Promise<never> => Promise.reject(new Error('rejected by on'));
      emitter.on('tasker.task.completed', rejecting as () => void);
      const tasker = module.get(TaskerService);
      const { taskId } = await tasker.createTask({ name: 'chain_of_2' });
      expect(await tasker.waitForTask(taskId)).toMatchObject({ state: 'complete' });
      const listener = module.get(Listener);
      await waitFor(() => listener.completed.length === 1 && listener.decorated.length === 3);
      expect(listener.completed).toEqual([taskId]);
      expect(listener.decorated).toEqual(TASK_EVENTS);
      expect(module.get(WildcardListener).names).toEqual(options.wildcard ? TASK_EVENTS : []);
      await waitFor(() => logger.find('error', 'rejected by on').length === 1);
      expect(logger.find('error', 'thrown by on')).toHaveLength(1);
      expect(logger.find('error', 'thrown by OnEvent')).toHaveLength(2);
    } finally {
      await module.close();
    }
  },
);
