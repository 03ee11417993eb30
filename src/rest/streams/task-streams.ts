import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Access } from '../../auth/access.js';
import { type TaskerEvent } from '../../core/events/event-map.js';
import { type TaskRecord } from '../../core/records.js';
import { isFinalTaskState } from '../../core/states.js';
import { type StreamEvent } from '../../engine/events/durable/event-reader.js';
import { LiveEvents } from '../../engine/events/live/live-events.js';
import { TaskFactsReader } from '../../engine/events/task-facts.js';
import { TaskerRedaction } from '../../engine/redaction/tasker-redaction.js';
import { TaskReader } from '../../engine/task-reader.js';
import { taskSummaryBody } from '../bodies/task-body.js';
import { ProblemError } from '../problems/problem.error.js';
import { eventBody } from './event-body.js';
import { isAfter, placeText, type StreamPlace } from './last-event-id.js';
import { nothingToStream, SseConnection } from './sse-connection.js';
import { isWanted, type StreamDto } from './stream.dto.js';

/** Clients of one process at the most. */
const MAX_STREAMS = 1_000;
/** Events that wait for one client, in memory. */
const MAX_WAITING = 5_000;

interface Stream {
  readonly response: unknown;
  /** Where the client was; undefined when it is new. */
  readonly last: StreamPlace | undefined;
  readonly wants: (event: StreamEvent) => boolean;
  /** The task, when the stream is of one and ends with it. */
  readonly taskId?: number;
}

/** Streams of events to clients. All of them read the database once, together. */
@Injectable()
export class TaskStreams {
  constructor(
    private readonly live: LiveEvents,
    private readonly facts: TaskFactsReader,
    private readonly reader: TaskReader,
    private readonly redaction: TaskerRedaction,
    private readonly host: HttpAdapterHost,
  ) {}

  /** Everything that happens to one task, until it has come to rest. */
  async ofTask(taskId: number, last: StreamPlace | undefined, response: unknown): Promise<void> {
    await this.reader.requireTask(taskId);
    await this.open({ response, last, taskId, wants: (event) => event.taskId === taskId });
  }

  /** What happens to all tasks that fit. */
  async ofAll(dto: StreamDto, last: StreamPlace | undefined, response: unknown, access: Access): Promise<void> {
    const wants = ({ taskId, event }: StreamEvent): boolean => {
      const facts = taskId === null ? undefined : this.facts.get(taskId);
      return facts !== undefined && access.sees(facts.namespace) && isWanted(dto, event, facts);
    };
    await this.open({ response, last, wants });
  }

  private async open(stream: Stream): Promise<void> {
    if (this.live.size >= MAX_STREAMS) {
      throw new ProblemError(503, 'TOO_MANY_STREAMS', 'Too many streams are open at this process. Try again later.');
    }
    const feed = new Feed();
    const { position, stop } = await this.live.follow(feed);
    try {
      const before = await this.before(stream, position);
      const task = stream.taskId === undefined ? undefined : await this.reader.requireTask(stream.taskId);
      const isOver = task !== undefined && isFinalTaskState(task.state);
      if (isOver && stream.last && before?.length === 0) {
        stop();
        return nothingToStream(this.host, stream.response);
      }
      const connection = new SseConnection(stream.response, () => feed.close(stop));
      if (before === undefined) connection.send({ event: 'reset', data: { reason: 'too far behind' } });
      if (task && (stream.last === undefined || before === undefined)) await this.tell(connection, task, position);
      for (const event of before ?? []) await this.send(connection, event);
      if (isOver) return connection.end(task.state);
      feed.begin((event) => this.pass(connection, stream, event), connection);
    } catch (error) {
      stop();
      throw error;
    }
  }

  /** What a client that comes back has missed; undefined when that is more than is told again. */
  private async before({ last, wants }: Stream, position: number): Promise<StreamEvent[] | undefined> {
    if (!last || last.id > position) return [];
    const events = await this.live.since(last.id - 1, position);
    return events?.filter((event) => isAfter(event, last) && wants(event));
  }

  private async pass(connection: SseConnection, stream: Stream, event: StreamEvent): Promise<void> {
    if (!stream.wants(event) || (stream.last && !isAfter(event, stream.last))) return;
    await this.send(connection, event);
    const { toState } = event.event as { toState?: TaskRecord['state'] };
    if (stream.taskId === undefined || !event.event.name.startsWith('task.') || !isFinalTaskState(toState!)) return;
    // It may have been retried since: what counts is where it is now.
    const [task] = await this.reader.tasksOf([stream.taskId]);
    if (!task || isFinalTaskState(task.state)) connection.end(task?.state ?? 'deleted');
  }

  /** The task as it is: whatever is told later happened after this, or is seen in it already. */
  private async tell(connection: SseConnection, task: TaskRecord, position: number): Promise<void> {
    const body = taskSummaryBody(await this.redaction.task(task));
    connection.send({ id: placeText({ id: position, part: 999 }), event: 'task', data: { task: body } });
  }

  private async send(connection: SseConnection, { id, part, taskId, event }: StreamEvent): Promise<void> {
    const { error, why } = event as { error?: unknown; why?: unknown };
    const holdsText = (error !== undefined && error !== null) || (why !== undefined && why !== null);
    let shown: TaskerEvent = event;
    if (holdsText && taskId !== null) {
      // Secrets of the context may stand in what went wrong.
      const [task] = await this.reader.tasksOf([taskId]);
      shown = this.redaction.event(event, { context: task?.context });
    }
    connection.send({ id: placeText({ id, part }), event: event.name, data: eventBody(shown) });
  }
}

/** Keeps the events of one client in order, while it is told what was before and while each is made ready. */
class Feed {
  private readonly waiting: StreamEvent[] = [];
  private pass: ((event: StreamEvent) => Promise<void>) | undefined;
  private connection: SseConnection | undefined;
  private busy = false;

  onEvents(events: readonly StreamEvent[]): void {
    for (const event of events) this.waiting.push(event);
    if (this.waiting.length > MAX_WAITING) this.connection?.cut();
    void this.work();
  }

  onEnd(): void {
    this.connection?.cut();
  }

  begin(pass: (event: StreamEvent) => Promise<void>, connection: SseConnection): void {
    [this.pass, this.connection] = [pass, connection];
    void this.work();
  }

  close(stop: () => void): void {
    stop();
    this.waiting.length = 0;
  }

  private async work(): Promise<void> {
    if (this.busy || !this.pass) return;
    this.busy = true;
    try {
      for (let event = this.waiting.shift(); event && this.connection!.isOpen; event = this.waiting.shift()) {
        await this.pass(event);
      }
    } catch {
      // The database is away: the client comes back and says where it was.
      this.connection!.cut();
    } finally {
      this.busy = false;
    }
  }
}
