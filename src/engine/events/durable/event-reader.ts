import { type TaskerEvent } from '../../../core/events/event-map.js';
import { eventNamesOf, toEvent } from '../../../core/events/lifecycle-events.js';
import { matchesPattern } from '../../../core/events/patterns.js';
import { type EventStreamStore, type StreamSources } from '../../../persistence/event-stream-store.js';
import { type TaskFactsReader } from '../task-facts.js';
import { sourcesOf } from './stream-sources.js';

/** Rows read at once. */
export const BATCH_ROWS = 500;
/** Ids that one statement walks through, whether or not they fit. */
const SPAN = 50_000;

/** An event with its place in the stream. */
export interface StreamEvent {
  /** Of its row. */
  readonly id: number;
  /** Which of the events of its row it is. */
  readonly part: number;
  readonly taskId: number | null;
  readonly event: TaskerEvent;
}

/** What a range of the stream holds for a subscriber. */
export interface EventBatch {
  readonly events: readonly StreamEvent[];
  /** The range was read up to this id. */
  readonly upTo: number;
}

/** Reads the events that fit some patterns, in the order of the stream, and no table that has none of them. */
export class EventReader {
  private readonly sources: StreamSources;

  constructor(
    private readonly patterns: readonly string[],
    private readonly stream: EventStreamStore,
    private readonly facts: TaskFactsReader,
  ) {
    this.sources = sourcesOf(patterns);
  }

  /** The next events after this id, up to a bound below which the stream is settled. */
  async read(after: number, bound: number, limit = BATCH_ROWS): Promise<EventBatch> {
    const end = Math.min(bound, after + SPAN);
    const rows = await this.stream.read(this.sources, { after, upTo: end, limit });
    const wanted = rows.flatMap(({ id, change }) =>
      eventNamesOf(change)
        .map((name, part) => ({ id, part, change, name }))
        .filter(({ name }) => this.wants(name)),
    );
    const ids = wanted.map(({ change }) => change.taskId).filter((id) => id !== null);
    const known = await this.facts.load(ids);
    const events: StreamEvent[] = [];
    for (const { id, part, change, name } of wanted) {
      const { taskId } = change;
      const facts = taskId === null ? undefined : known.get(taskId);
      // Of a task that was deleted since its row was read nothing can be told.
      if (taskId === null || facts) events.push({ id, part, taskId, event: toEvent(change, name, facts) });
    }
    return { events, upTo: rows.length < limit ? end : rows.at(-1)!.id };
  }

  private wants(name: string): boolean {
    return this.patterns.some((pattern) => matchesPattern(pattern, name));
  }
}
