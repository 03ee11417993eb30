import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post, UseFilters } from '@nestjs/common';
import { type Checkout, CheckoutService, type CheckoutStatus } from './checkout.service.js';
import { TaskerErrorFilter } from './tasker-error.filter.js';

/** The shop's own pages; operators use the library's API under /tasker. */
@Controller('checkout')
@UseFilters(TaskerErrorFilter)
export class CheckoutController {
  constructor(private readonly checkout: CheckoutService) {}

  /** Answers at once; the order is worked on in the background, and survives a crash of this process. */
  @Post()
  @HttpCode(202)
  async start(@Body() body: Checkout): Promise<{ readonly task_id: number; readonly status_url: string }> {
    const { taskId } = await this.checkout.start(body);
    return { task_id: taskId, status_url: `/checkout/${taskId}` };
  }

  @Get(':taskId')
  status(@Param('taskId', ParseIntPipe) taskId: number): Promise<CheckoutStatus> {
    return this.checkout.status(taskId);
  }

  @Post(':taskId/retry')
  @HttpCode(202)
  retry(@Param('taskId', ParseIntPipe) taskId: number): Promise<CheckoutStatus> {
    return this.checkout.retry(taskId);
  }
}
