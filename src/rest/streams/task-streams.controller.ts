import { Get, Headers, Param, Query, Res } from '@nestjs/common';
import { type Access } from '../../auth/access.js';
import { CurrentAccess, Requires } from '../../auth/requires.decorator.js';
import { type HttpHeaders } from '../input/read-body.js';
import { readInput } from '../input/read-input.js';
import { readId } from '../input/task-id.js';
import { RestController } from '../route.decorators.js';
import { readPlace } from './last-event-id.js';
import { StreamDto } from './stream.dto.js';
import { TaskStreams } from './task-streams.js';

/** Live updates as server-sent events. */
@RestController('tasks')
export class TaskStreamsController {
  constructor(private readonly streams: TaskStreams) {}

  @Get('stream')
  @Requires('task', 'index', 'filtered')
  async all(
    @Query() query: unknown,
    @Headers() headers: HttpHeaders,
    @Res() response: unknown,
    @CurrentAccess() access: Access,
  ): Promise<void> {
    const dto = await readInput(StreamDto, query);
    await this.streams.ofAll(dto, readPlace(headers['last-event-id']), response, access);
  }

  @Get(':id/stream')
  @Requires('task', 'show', { task: 'id' })
  async task(@Param('id') id: unknown, @Headers() headers: HttpHeaders, @Res() response: unknown): Promise<void> {
    await this.streams.ofTask(readId(id, 'id'), readPlace(headers['last-event-id']), response);
  }
}
