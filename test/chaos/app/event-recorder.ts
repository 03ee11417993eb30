/** A durable subscriber that writes down what it is told, and fails every now and then. */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type EventFor, OnTaskerEvent } from 'nestjs-tasker';
import pg from 'pg';
import { Random } from '../random.js';
import { type Setup, SUBSCRIBER } from '../setup.js';
import { SETUP } from './journal.js';

/** Never given up: the check wants to see all of them. */
const MAX_ATTEMPTS = 1_000;

@Injectable()
export class EventRecorder implements OnApplicationShutdown {
  private readonly pool: pg.Pool;
  private readonly random: Random;

  constructor(@Inject(SETUP) { url, seed }: Setup) {
    this.random = new Random('events', seed, process.pid);
    this.pool = new pg.Pool({ connectionString: url, max: 4, application_name: `chaos-journal-${process.pid}` });
    this.pool.on('error', () => undefined);
  }

  @OnTaskerEvent(['task.*', 'step.*'], { durable: SUBSCRIBER, from: 'beginning', maxAttempts: MAX_ATTEMPTS })
  async record(event: EventFor<'task.*' | 'step.*'>): Promise<void> {
    if (this.random.chance(0.01)) throw new Error('the other side is busy');
    await this.pool.query('insert into chaos_events (event_id, task_id, redelivered) values ($1, $2, $3)', [
      event.id,
      event.taskId,
      event.redelivered ?? false,
    ]);
    if (this.random.chance(0.005)) throw new Error('the answer was lost');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
