import { Transform } from 'class-transformer';
import { TASK_STATES, type TaskState } from '../../core/states.js';
import { TASK_SORT_COLUMNS, type TaskQuery, type TaskSortColumn } from '../../persistence/task-list.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../bodies/page.js';
import { parseInstant } from './instant.js';
import { Instant, OneOf, Optional, Text, WholeNumberText } from './rules.js';

/** `limit`, `offset` and the direction, as every list takes them. */
export class PageDto {
  @Optional() @WholeNumberText(1, MAX_LIMIT) readonly limit: number = DEFAULT_LIMIT;
  @Optional() @WholeNumberText(0, Number.MAX_SAFE_INTEGER) readonly offset: number = 0;
  @Optional() @OneOf(['asc', 'desc']) readonly sort_order: 'asc' | 'desc' = 'asc';
}

/** The query string of `GET /tasks`. */
export class ListTasksDto extends PageDto {
  @Optional() @OneOf(TASK_SORT_COLUMNS) readonly sort_by: TaskSortColumn = 'task_id';
  @Optional() @Text() readonly namespace?: string;
  @Optional() @Text() readonly name?: string;
  @Optional() @Text() readonly version?: string;
  /** One of several: `state=error,pending`, or repeated. */
  @Optional() @Transform(listOfWords) @OneOf(TASK_STATES, { each: true }) readonly state?: TaskState[];
  /** All of several, repeated. A comma is part of a tag. */
  @Optional() @Transform(list) @Text({ each: true }) readonly tag?: string[];
  @Optional() @Text() readonly initiator?: string;
  @Optional() @Text() readonly correlation_id?: string;
  @Optional() @Instant() readonly created_after?: string;
  /** Not including this instant itself, so that periods can be laid end to end. */
  @Optional() @Instant() readonly created_before?: string;
}

export function toTaskQuery(dto: ListTasksDto): TaskQuery {
  return {
    namespace: dto.namespace,
    name: dto.name,
    version: dto.version,
    states: dto.state,
    tags: dto.tag,
    initiator: dto.initiator,
    correlationId: dto.correlation_id,
    createdAfter: dto.created_after === undefined ? undefined : parseInstant(dto.created_after),
    createdBefore: dto.created_before === undefined ? undefined : parseInstant(dto.created_before),
    sortBy: dto.sort_by,
    sortOrder: dto.sort_order,
    limit: dto.limit,
    offset: dto.offset,
  };
}

function list({ value }: { value: unknown }): unknown {
  return typeof value === 'string' ? [value] : value;
}

function listOfWords({ value }: { value: unknown }): unknown {
  const split = (item: unknown): unknown[] => (typeof item === 'string' ? item.split(',') : [item]);
  return Array.isArray(value) ? value.flatMap(split) : typeof value === 'string' ? split(value) : value;
}
