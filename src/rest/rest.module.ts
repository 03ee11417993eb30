import { type DynamicModule, Module } from '@nestjs/common';
import { TasksController } from './tasks.controller.js';
import { WorkflowStepsController } from './workflow-steps.controller.js';

/** The REST interface. Where it is mounted is for the router to say (see tasker.module.ts). */
@Module({ controllers: [TasksController, WorkflowStepsController] })
export class RestModule {
  /** @param engine the very module that gives the application its TaskerService, so that there is only one */
  static on(engine: DynamicModule): DynamicModule {
    return { module: RestModule, imports: [engine] };
  }
}
