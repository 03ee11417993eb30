import { Transform } from 'class-transformer';
import { type TaskFacts } from '../../core/events/change.js';
import { type TaskerEvent } from '../../core/events/event-map.js';
import { TASK_STATES, type TaskState } from '../../core/states.js';
import { list, listOfWords } from '../input/list-tasks.dto.js';
import { OneOf, Optional, Text } from '../input/rules.js';

/** The query string of `GET /tasks/stream`: which tasks' events are wanted. */
export class StreamDto {
  @Optional() @Text() readonly namespace?: string;
  @Optional() @Text() readonly name?: string;
  @Optional() @Text() readonly version?: string;
  /** All of several, repeated. */
  @Optional() @Transform(list) @Text({ each: true }) readonly tag?: string[];
  @Optional() @Text() readonly initiator?: string;
  @Optional() @Text() readonly correlation_id?: string;
  /** Only tasks that come into one of these; nothing of their steps is told then. */
  @Optional() @Transform(listOfWords) @OneOf(TASK_STATES, { each: true }) readonly state?: TaskState[];
}

/** Whether an event is of a task that is wanted. */
export function isWanted(dto: StreamDto, event: TaskerEvent, facts: TaskFacts | undefined): boolean {
  const { tags = [], name, toState } = event as { tags?: readonly string[]; name: string; toState?: string };
  if (!facts) return false;
  const { state } = dto;
  return (
    (dto.namespace ?? facts.namespace) === facts.namespace &&
    (dto.name ?? facts.name) === facts.name &&
    (dto.version ?? facts.version) === facts.version &&
    (dto.initiator ?? facts.initiator) === facts.initiator &&
    (dto.correlation_id ?? facts.correlationId) === facts.correlationId &&
    (dto.tag ?? []).every((tag) => tags.includes(tag)) &&
    (state === undefined || (name.startsWith('task.') && (state as readonly unknown[]).includes(toState)))
  );
}
