import { Injectable } from '@nestjs/common';
import { ValidationError } from '../core/errors.js';
import { type Control, ControlStore, type ControlSubject } from '../persistence/control-store.js';
import { Notifications } from '../persistence/notifications.js';
import { type Actor, actorMetadata } from './actor.js';
import { type LimitsOptions } from './engine.options.js';
import { EngineSignals } from './engine-signals.js';

/**
 * Holds back and limits whole namespaces, dependent systems and the fleet. All processes obey within a moment; what runs
 * is left to end. Each act is audited with who and why.
 */
@Injectable()
export class ControlService {
  constructor(
    private readonly store: ControlStore,
    private readonly notifications: Notifications,
    private readonly signals: EngineSignals,
  ) {}

  /** Every pause, limit and breaker there is, with what runs under it. */
  async list(): Promise<Control[]> {
    return this.store.list();
  }

  /** The dependent systems that count as down: their circuit breakers are open. */
  async openBreakers(): Promise<string[]> {
    return this.store.openBreakers();
  }

  /** No step of the namespace starts until it is resumed. Tasks can still be created. */
  async pauseNamespace(namespace: string, actor: Actor = {}): Promise<void> {
    await this.setPaused({ namespace: checkName(namespace) }, true, actor);
  }

  async resumeNamespace(namespace: string, actor: Actor = {}): Promise<void> {
    await this.setPaused({ namespace: checkName(namespace) }, false, actor);
  }

  /** No step that calls this dependent system starts until it is resumed. */
  async pauseSystem(system: string, actor: Actor = {}): Promise<void> {
    await this.setPaused({ system: checkName(system) }, true, actor);
  }

  async resumeSystem(system: string, actor: Actor = {}): Promise<void> {
    await this.setPaused({ system: checkName(system) }, false, actor);
  }

  /** No step at all starts, in any process, until the fleet is resumed. */
  async pauseFleet(actor: Actor = {}): Promise<void> {
    await this.setPaused({ fleet: true }, true, actor);
  }

  async resumeFleet(actor: Actor = {}): Promise<void> {
    await this.setPaused({ fleet: true }, false, actor);
  }

  /** Makes the limits of the given sections what the options say; what they do not name is no longer limited. */
  async applyLimits(limits: Partial<LimitsOptions>): Promise<void> {
    const current = await this.store.list();
    for (const { namespace, system } of current) {
      if (namespace !== null && limits.namespaces && !(namespace in limits.namespaces)) {
        await this.store.setLimits({ namespace }, {});
      }
      if (system !== null && limits.systems && !(system in limits.systems)) await this.store.setLimits({ system }, {});
    }
    for (const [namespace, limit] of Object.entries(limits.namespaces ?? {})) {
      await this.store.setLimits({ namespace }, limit);
    }
    for (const [system, limit] of Object.entries(limits.systems ?? {})) await this.store.setLimits({ system }, limit);
    this.tell();
  }

  private async setPaused(subject: ControlSubject, paused: boolean, actor: Actor): Promise<void> {
    await this.store.setPaused(subject, paused, { ...actorMetadata(actor) });
    this.tell();
  }

  private tell(): void {
    this.signals.emit('controls', null);
    void this.notifications.send({ kind: 'controls', taskIds: [] });
  }
}

function checkName(name: string): string {
  if (typeof name === 'string' && name !== '' && name.length <= 64) return name;
  throw new ValidationError('A namespace or system was named wrongly.', [
    { path: 'name', code: 'type', message: 'must be text of 1 to 64 characters' },
  ]);
}
