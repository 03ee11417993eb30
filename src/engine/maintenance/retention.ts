import { type EventOperatorStore } from '../../persistence/event-operator-store.js';
import { type RetentionStore } from '../../persistence/retention-store.js';
import { type RetentionOptions } from '../engine.options.js';
import { type Duty } from './duty.js';
import { pruneTasks } from './task-pruner.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

/** Forgets finished tasks, the audit and dead letters, when their time is over; only where the host asks for it. */
export class Retention implements Duty {
  readonly name = 'retention';
  readonly intervalMs = 3_600_000;
  private readonly logger = new TaskerLogger('TaskerMaintenance');

  constructor(
    private readonly store: RetentionStore,
    private readonly events: EventOperatorStore,
    private readonly options: RetentionOptions,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const { afterDays, namespaces, states, batchSize, auditDays } = this.options;
    const rule = { afterDays, namespaces, states };
    for (const { namespace, state, tasks } of await pruneTasks(this.store, rule, { batchSize, alone: true, signal })) {
      this.logger.log(`Deleted ${tasks} tasks of namespace "${namespace}" that were ${state}.`);
    }
    while (!signal.aborted && (await this.store.pruneAudit(auditDays, batchSize)) === batchSize);
    while (!signal.aborted && (await this.events.prune(auditDays, batchSize)) === batchSize);
  }
}
