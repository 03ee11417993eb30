import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { ReadinessService } from './readiness.service.js';

/** The probes. Where they are mounted is for the router to say (see tasker.module.ts). */
@Module({ controllers: [HealthController], providers: [ReadinessService], exports: [ReadinessService] })
export class HealthModule {
  /** @param engine the very module that gives the application its worker, so that there is only one */
  static on(engine: DynamicModule): DynamicModule {
    return { module: HealthModule, imports: [engine] };
  }
}
