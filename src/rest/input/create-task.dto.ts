import { IsArray, IsObject } from 'class-validator';
import { Instant, Optional, Required, say, Text, WholeNumber } from './rules.js';

/** The body of `POST /tasks`. What needs the workflow (context, bypass_steps) is judged by the engine. */
export class CreateTaskDto {
  @Required() @Text() readonly name!: string;
  @Optional() @Text() readonly namespace?: string;
  /** Exact, a range such as `^1.0`, or `latest`. */
  @Optional() @Text() readonly version?: string;
  @Required() @IsObject(say('type', 'must be an object')) readonly context!: Record<string, unknown>;
  @Optional() @Text() readonly initiator?: string;
  @Optional() @Text() readonly source_system?: string;
  @Optional() @Text() readonly reason?: string;
  @Optional() @IsArray(say('type', 'must be a list of texts')) readonly tags?: string[];
  @Optional() @IsArray(say('type', 'must be a list of step names')) readonly bypass_steps?: string[];
  @Optional() @WholeNumber(-100, 100) readonly priority?: number;
  @Optional() @Text() readonly idempotency_key?: string;
  @Optional() @Text() readonly correlation_id?: string;
  /** Its first steps do not run before. */
  @Optional() @Instant() readonly run_at?: string;
}
