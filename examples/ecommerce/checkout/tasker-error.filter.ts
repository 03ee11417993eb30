import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { InvalidTransitionError, NotFoundError, TaskerError, ValidationError } from 'nestjs-tasker';

/** Tells a customer's browser what the library refused, field by field. */
@Catch(ValidationError, NotFoundError, InvalidTransitionError)
export class TaskerErrorFilter implements ExceptionFilter<TaskerError> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: TaskerError, host: ArgumentsHost): void {
    const body = { error: error.code, message: error.message, ...error.details };
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), body, statusOf(error));
  }
}

function statusOf(error: TaskerError): HttpStatus {
  if (error instanceof NotFoundError) return HttpStatus.NOT_FOUND;
  return error instanceof InvalidTransitionError ? HttpStatus.CONFLICT : HttpStatus.BAD_REQUEST;
}
