import { type DynamicModule, Module } from '@nestjs/common';
import { BulkController } from './bulk.controller.js';
import { BulkItems } from './bulk-items.js';
import { HandlersController } from './handlers.controller.js';
import { ShownPasts } from './shown-pasts.js';
import { ShownTasks } from './shown-tasks.js';
import { StepActionsController } from './step-actions.controller.js';
import { TaskStreams } from './streams/task-streams.js';
import { TaskStreamsController } from './streams/task-streams.controller.js';
import { TaskActionsController } from './task-actions.controller.js';
import { TaskCreation } from './task-creation.js';
import { TaskViewsController } from './task-views.controller.js';
import { TasksController } from './tasks.controller.js';
import { WorkflowStepsController } from './workflow-steps.controller.js';

/** In the order in which routes are looked for: `tasks/stream` and `tasks/bulk` would be ids to those that come after. */
export const REST_CONTROLLERS = [
  TaskStreamsController,
  BulkController,
  HandlersController,
  TasksController,
  TaskViewsController,
  TaskActionsController,
  WorkflowStepsController,
  StepActionsController,
];

/** The REST interface. Where it is mounted is for the router to say (see tasker.module.ts). */
@Module({ controllers: REST_CONTROLLERS, providers: [ShownTasks, ShownPasts, TaskCreation, BulkItems, TaskStreams] })
export class RestModule {
  /** @param engine the very module that gives the application its TaskerService, so that there is only one */
  static on(engine: DynamicModule): DynamicModule {
    return { module: RestModule, imports: [engine] };
  }
}
