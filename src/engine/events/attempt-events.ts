import { randomUUID } from 'node:crypto';
import { TaskerError, ValidationError } from '../../core/errors.js';
import { didYouMean } from '../../core/nearest-name.js';
import { storableJson } from '../../core/storable-json.js';
import { type EventRegistry } from '../../events/event-registry.js';
import { type StepEventPublisher } from '../../handlers/step-events.js';
import { type PublishedEvent } from '../../persistence/sql/advance.js';

/** Events of one attempt at the most. */
const MAX_EVENTS = 1_000;

/** Where events go that do not wait for the result of their step. */
export type PublishAtOnce = (event: PublishedEvent, payload: unknown) => Promise<void>;

/** What a handler publishes: kept until its results are committed, in the same commit, or sent at once. */
export class AttemptEvents implements StepEventPublisher {
  private readonly collected: PublishedEvent[] = [];
  private bytes = 0;
  private isOver = false;

  /** @param maxBytes of all payloads together */
  constructor(
    private readonly registry: EventRegistry,
    private readonly maxBytes: number,
    private readonly send: PublishAtOnce,
  ) {}

  publish(name: string, payload: unknown = {}): void {
    this.collected.push(this.checked(name, payload));
  }

  async publishNow(name: string, payload: unknown = {}): Promise<void> {
    const event = this.checked(name, payload);
    // What is told is what is stored, and stays so whatever the handler does with its object.
    await this.send(event, JSON.parse(event.payloadText));
  }

  /** What is to be committed with the results. Nothing is taken any more. */
  close(): readonly PublishedEvent[] {
    this.isOver = true;
    return this.collected;
  }

  private checked(name: string, payload: unknown): PublishedEvent {
    if (this.isOver) {
      throw new TaskerError('ATTEMPT_OVER', `Published "${name}" after the attempt had ended; nobody will hear of it.`);
    }
    if (this.registry.info(name)?.category !== 'custom') throw this.unknown(name);
    const errors = this.registry.payloadErrors(name, payload);
    if (errors.length > 0) {
      const list = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
      throw new ValidationError(
        `The payload of "${name}" does not fit its schema: ${list}.`,
        errors,
        'INVALID_EVENT_PAYLOAD',
      );
    }
    const json = storableJson(payload, this.maxBytes - this.bytes);
    if ('problem' in json) {
      throw new TaskerError('INVALID_EVENT_PAYLOAD', `The events of the step ${json.problem.message}.`, {
        hint: 'Publish references to large data, not the data.',
        details: { event: name },
      });
    }
    if (this.collected.length >= MAX_EVENTS) {
      throw new TaskerError('TOO_MANY_EVENTS', `One attempt may publish ${MAX_EVENTS} events.`);
    }
    this.bytes += json.text.length;
    return { id: randomUUID(), name, payloadText: json.text };
  }

  private unknown(name: string): TaskerError {
    const known = this.registry.catalog().filter(({ category }) => category === 'custom');
    const hint = didYouMean(
      name,
      known.map((info) => info.name),
    ).trim();
    return new TaskerError('UNKNOWN_EVENT', `Published "${name}", which no step or workflow declares.`, {
      hint: hint || 'Declare it: customEvents of the step, the workflow or the @StepHandler.',
      details: { event: name },
    });
  }
}
