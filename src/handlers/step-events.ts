import { type CustomEventPayloads } from '../core/events/event-map.js';

type CustomName = Extract<keyof CustomEventPayloads, string>;
type PayloadOf<Name extends string> = Name extends CustomName ? CustomEventPayloads[Name] : unknown;

/** How a handler publishes events of the application's own. They must be declared (see `customEvents`). */
export interface StepEventPublisher {
  /**
   * In the commit that completes the step: told when that has happened, never when the attempt fails.
   * @throws TaskerError `UNKNOWN_EVENT`, `INVALID_EVENT_PAYLOAD`, `TOO_MANY_EVENTS`
   * @throws ValidationError when the payload does not fit the declared schema
   */
  publish<Name extends CustomName | (string & {})>(name: Name, payload?: PayloadOf<Name>): void;
  /**
   * At once, whatever becomes of the attempt; again when it is tried again. Resolves when it is stored.
   * @throws as {@link publish}
   */
  publishNow<Name extends CustomName | (string & {})>(name: Name, payload?: PayloadOf<Name>): Promise<void>;
}
