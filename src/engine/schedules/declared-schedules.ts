import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { canonicalJson } from '../../core/canonical-json.js';
import { type ScheduleRecord } from '../../core/schedule.js';
import { type Definition } from '../../definitions/definition.js';
import { DefinitionRegistry } from '../../definitions/definition-registry.js';
import { type ScheduleChange, ScheduleStore } from '../../persistence/schedule-store.js';
import { DefinitionCatalog } from '../definition-catalog.js';
import { firstOccurrence } from './occurrences.js';
import { TaskerLogger } from '../../logging/tasker-logger.js';

type Wanted = Pick<ScheduleRecord, 'definitionId' | 'cron' | 'timeZone' | 'missed' | 'isEnabled' | 'request'>;

/**
 * Makes the stored schedules what the definitions of this process say, at boot: of each workflow its newest version
 * decides. The last process to start has the last word, so that a deployment moves a schedule to the new version, and one
 * that is taken back moves it back. A pause stays.
 */
@Injectable()
export class DeclaredSchedules {
  private readonly logger = new TaskerLogger('TaskerSchedules');

  constructor(
    private readonly registry: DefinitionRegistry,
    private readonly catalog: DefinitionCatalog,
    private readonly store: ScheduleStore,
  ) {}

  /** To be called when the definitions are stored. */
  async publish(): Promise<void> {
    const definitions = this.registry.definitions();
    // Older versions come first.
    const newest = new Map(definitions.map((definition) => [scheduleName(definition), definition]));
    if (newest.size === 0) return;
    await this.store.repin(definitions.map((definition) => this.catalog.idOf(definition)));
    const known = await this.store.list([...newest.keys()]);
    const isSettled = [...newest].every(([name, definition]) =>
      isEqual(
        this.wanted(definition),
        known.find((schedule) => schedule.name === name),
      ),
    );
    if (isSettled) return;
    await this.store.transaction(async (manager) => {
      const now = await this.store.lockDeclared(manager);
      for (const [name, definition] of newest) await this.settle(name, this.wanted(definition), now, manager);
    });
  }

  private async settle(name: string, wanted: Wanted | undefined, now: Date, manager: EntityManager): Promise<void> {
    const known = (await this.store.lock(manager, name))?.schedule;
    if (isEqual(wanted, known)) return;
    if (!wanted) {
      await this.store.remove(manager, known!.scheduleId);
      this.logger.log(`Schedule "${name}" is gone: its workflow declares none any more.`);
    } else if (!known) {
      await this.store.insert(manager, name, true, { ...wanted, nextRunAt: waitFrom(wanted, now) });
    } else {
      const isOtherTime = wanted.cron !== known.cron || wanted.timeZone !== known.timeZone;
      const change: ScheduleChange =
        isOtherTime || wanted.isEnabled !== known.isEnabled
          ? { ...wanted, nextRunAt: waitFrom(wanted, now), lastError: null }
          : wanted;
      await this.store.update(manager, known.scheduleId, change);
    }
  }

  private wanted(definition: Definition): Wanted | undefined {
    // Snapshots of the first days have no such field.
    const { schedule } = definition.template;
    if (!schedule) return undefined;
    const { cron, timeZone, missed, enabled, context } = schedule;
    const definitionId = this.catalog.idOf(definition);
    return { definitionId, cron, timeZone, missed, isEnabled: enabled, request: { context } };
  }
}

/** What the declared schedule of a workflow is called. */
function scheduleName({ namespace, name }: Definition): string {
  return `${namespace}.${name}`;
}

function waitFrom(wanted: Wanted, now: Date): Date | null {
  return firstOccurrence({ ...wanted, runAt: null }, now);
}

function isEqual(wanted: Wanted | undefined, known: ScheduleRecord | undefined): boolean {
  if (!wanted || !known) return !wanted && !known;
  return (
    wanted.definitionId === known.definitionId &&
    wanted.cron === known.cron &&
    wanted.timeZone === known.timeZone &&
    wanted.missed === known.missed &&
    wanted.isEnabled === known.isEnabled &&
    canonicalJson(wanted.request) === canonicalJson(known.request)
  );
}
