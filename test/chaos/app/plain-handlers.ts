/** Handlers that do what a test says: wait, work, or take their process down. */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { StepHandler, type StepContext } from 'nestjs-tasker';
import { DataSource } from 'typeorm';
import { Journal } from './journal.js';

const LOOK_MS = 50;

/** Closed until the test opens them, for all processes at once. One look for all that wait here. */
@Injectable()
export class Gates {
  private opened: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  async pass(signal: AbortSignal): Promise<void> {
    this.opened ??= this.watch().finally(() => (this.opened = undefined));
    const aborted = new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );
    await Promise.race([this.opened, aborted]);
  }

  private async watch(): Promise<void> {
    while ((await this.dataSource.query<unknown[]>('select from chaos_gates')).length === 0) await delay(LOOK_MS);
  }
}

/** Waits at the gates. */
@StepHandler('hold')
export class Hold implements StepHandler {
  constructor(
    private readonly journal: Journal,
    private readonly gates: Gates,
  ) {}

  process(context: StepContext): Promise<unknown> {
    return this.journal.record(context, false, async (run) => {
      await this.gates.pass(context.signal);
      return { run };
    });
  }
}

/** Takes `config.ms` milliseconds. */
@StepHandler('work')
export class Work implements StepHandler {
  constructor(private readonly journal: Journal) {}

  process(context: StepContext): Promise<unknown> {
    return this.journal.record(context, false, async (run) => {
      await delay((context.step.config as { ms?: number }).ms ?? 0, undefined, { signal: context.signal });
      return { run };
    });
  }
}

/** Ends its process in a way that nobody can catch. */
@StepHandler('poison')
export class Poison implements StepHandler {
  constructor(private readonly journal: Journal) {}

  process(context: StepContext): Promise<unknown> {
    return this.journal.record(context, false, async () => {
      process.kill(process.pid, 'SIGKILL');
      await delay(60_000);
    });
  }
}
