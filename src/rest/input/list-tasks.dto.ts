import { Transform } from 'class-transformer';
import { TASK_STATES, type TaskState } from '../../core/states.js';
import { storableJson } from '../../core/storable-json.js';
import { decodeCursor } from '../../persistence/task-cursor.js';
import { TASK_SORT_COLUMNS, type TaskQuery, type TaskSortColumn } from '../../persistence/task-list.js';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../bodies/page.js';
import { parseInstant } from './instant.js';
import { refused } from './read-input.js';
import { Instant, OneOf, Optional, Text, WholeNumberText } from './rules.js';

/** `limit` and `offset`, as every list takes them. */
export class PageDto {
  @Optional() @WholeNumberText(1, MAX_LIMIT) readonly limit: number = DEFAULT_LIMIT;
  @Optional() @WholeNumberText(0, Number.MAX_SAFE_INTEGER) readonly offset: number = 0;
}

/** Which tasks: of a list, and of a stream. */
export class TaskFilterDto {
  @Optional() @Text() readonly namespace?: string;
  @Optional() @Text() readonly name?: string;
  @Optional() @Text() readonly version?: string;
  /** One of several: `state=error,pending`, or repeated. */
  @Optional() @Transform(listOfWords) @OneOf(TASK_STATES, { each: true }) readonly state?: TaskState[];
  /** All of several, repeated. A comma is part of a tag. */
  @Optional() @Transform(list) @Text({ each: true }) readonly tag?: string[];
  /** The kind of an annotation that the task has… */
  @Optional() @Text({ max: 64 }) readonly annotation?: string;
  /** …and what is in it, as JSON. */
  @Optional() @Text({ max: 4_096 }) readonly annotation_contains?: string;
  @Optional() @Text() readonly initiator?: string;
  @Optional() @Text() readonly correlation_id?: string;
  @Optional() @Instant() readonly created_after?: string;
  /** Not including this instant itself, so that periods can be laid end to end. */
  @Optional() @Instant() readonly created_before?: string;
}

/** The query string of `GET /tasks`. */
export class ListTasksDto extends TaskFilterDto {
  @Optional() @WholeNumberText(1, MAX_LIMIT) readonly limit: number = DEFAULT_LIMIT;
  @Optional() @WholeNumberText(0, Number.MAX_SAFE_INTEGER) readonly offset: number = 0;
  /** `next_cursor` of the page before. */
  @Optional() @Text({ max: 1_024 }) readonly cursor?: string;
  @Optional() @OneOf(TASK_SORT_COLUMNS) readonly sort_by?: TaskSortColumn;
  @Optional() @OneOf(['asc', 'desc']) readonly sort_order?: 'asc' | 'desc';
}

export function toTaskQuery(dto: ListTasksDto): TaskQuery {
  return {
    ...toTaskFilter(dto),
    ...{ sortBy: dto.sort_by, sortOrder: dto.sort_order, limit: dto.limit, offset: dto.offset, cursor: cursorOf(dto) },
  };
}

/** @throws ValidationError for what `annotation_contains` is not */
export function toTaskFilter(dto: TaskFilterDto): TaskQuery {
  return {
    namespace: dto.namespace,
    name: dto.name,
    version: dto.version,
    states: dto.state,
    tags: dto.tag,
    annotation: annotationOf(dto),
    initiator: dto.initiator,
    correlationId: dto.correlation_id,
    createdAfter: dto.created_after === undefined ? undefined : parseInstant(dto.created_after),
    createdBefore: dto.created_before === undefined ? undefined : parseInstant(dto.created_before),
  };
}

function annotationOf({ annotation: type, annotation_contains: json }: TaskFilterDto): TaskQuery['annotation'] {
  const path = 'annotation_contains';
  if (json === undefined) return type === undefined ? undefined : { type };
  if (type === undefined) throw refused([{ path, code: 'conflict', message: 'needs annotation beside it' }]);
  const contains = parsed(json);
  const isStorable = contains !== undefined && 'text' in storableJson(contains, json.length * 6);
  if (!isStorable) throw refused([{ path, code: 'not_json', message: 'must be JSON such as {"ticket":"T-12"}' }]);
  return { type, contains };
}

/** A cursor has an order of its own, and a place in it. */
function cursorOf({ cursor: text, sort_by, sort_order, offset }: ListTasksDto): string | undefined {
  if (text === undefined) return undefined;
  const cursor = decodeCursor(text);
  const wrong = (code: string, message: string) => refused([{ path: 'cursor', code, message }]);
  if (!cursor) throw wrong('format', 'must be the next_cursor of another page');
  const { sortBy, sortOrder } = cursor;
  if ((sort_by ?? sortBy) !== sortBy || (sort_order ?? sortOrder) !== sortOrder) {
    throw wrong('conflict', `is of a list with sort_by=${sortBy}&sort_order=${sortOrder}`);
  }
  if (offset > 0) throw wrong('conflict', 'cannot be given together with an offset');
  return text;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

export function list({ value }: { value: unknown }): unknown {
  return typeof value === 'string' ? [value] : value;
}

export function listOfWords({ value }: { value: unknown }): unknown {
  const split = (item: unknown): unknown[] => (typeof item === 'string' ? item.split(',') : [item]);
  return Array.isArray(value) ? value.flatMap(split) : typeof value === 'string' ? split(value) : value;
}
