import { Inject, Injectable } from '@nestjs/common';
import { type EngineOptions } from '../engine/engine.options.js';
import { ENGINE_OPTIONS } from '../engine/engine.tokens.js';
import { ControlService } from '../engine/control.service.js';
import { TaskerWorker } from '../engine/worker.js';
import { TaskerDatabase } from '../persistence/database.js';
import { type Check, type CheckResult, runCheck } from './check.js';
import { sharedCall } from './shared-call.js';
import { databaseCheck, schemaCheck, workerCheck } from './checks.js';
import { TaskerLogger } from '../logging/tasker-logger.js';

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
  readonly message: string;
  /** The names of those that failed; left out when none did. */
  readonly failed_checks?: readonly string[];
  /** Dependent systems whose circuit breaker is open: no reason to take this process out, but to be seen. */
  readonly open_breakers?: readonly string[];
  readonly timestamp: string;
  /** Seconds. */
  readonly check_duration: number;
}

/** All checks run side by side, so this is also the longest an answer takes. */
const TIMEOUT_MS = 5_000;

/** The breakers are an extra; an answer does not wait for them. */
const BREAKERS_TIMEOUT_MS = 500;

/** Whether this process can do its work now: its database answers, has our schema, and its worker, if any, is at work. */
@Injectable()
export class ReadinessService {
  private readonly logger = new TaskerLogger('TaskerHealth');
  private readonly checks: Readonly<Record<string, Check>>;
  private readonly askBreakers: () => Promise<string[]>;

  constructor(
    db: TaskerDatabase,
    worker: TaskerWorker,
    controls: ControlService,
    @Inject(ENGINE_OPTIONS) options: EngineOptions,
  ) {
    this.askBreakers = sharedCall(() => controls.openBreakers(), 30_000);
    this.checks = {
      database: databaseCheck(db),
      schema: schemaCheck(db),
      ...(options.worker && { worker: workerCheck(worker) }),
    };
  }

  async check(timeoutMs = TIMEOUT_MS): Promise<Readiness> {
    const start = performance.now();
    const results = await Promise.all(
      Object.entries(this.checks).map(async ([name, check]) => {
        const report = (error: unknown): void => this.logger.error(`The check "${name}" failed: ${String(error)}`);
        return [name, await runCheck(check, timeoutMs, report)] as const;
      }),
    );
    const open = await this.openBreakers(results);
    const failed = results.filter(([, { status }]) => status !== 'healthy').map(([name]) => name);
    return {
      ready: failed.length === 0,
      checks: Object.fromEntries(results),
      message: failed.length === 0 ? 'System is ready' : 'System is not ready',
      ...(failed.length > 0 && { failed_checks: failed }),
      ...(open.length > 0 && { open_breakers: open }),
      timestamp: new Date().toISOString(),
      check_duration: Math.round(performance.now() - start) / 1000,
    };
  }

  private async openBreakers(results: readonly (readonly [string, CheckResult])[]): Promise<string[]> {
    if (results.some(([, { status }]) => status !== 'healthy')) return [];
    let found: string[] = [];
    await runCheck(
      async () => {
        found = await this.askBreakers();
        return '';
      },
      BREAKERS_TIMEOUT_MS,
      () => undefined,
    );
    return found;
  }
}
