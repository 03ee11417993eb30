import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TaskerModule, type TaskerOptions } from 'nestjs-tasker';
import { ShopModule } from './shop.module.js';

export interface AppOptions {
  readonly databaseUrl: string;
  /** @default the search path's first */
  readonly schema?: string;
  /** What differs from the library's defaults. */
  readonly tasker?: TaskerOptions;
}

/** The whole application: a database, the library, the shop. */
@Module({})
export class AppModule {
  static register({ databaseUrl, schema, tasker }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({ type: 'postgres', url: databaseUrl, schema, autoLoadEntities: true, retryAttempts: 0 }),
        TaskerModule.forRoot({
          definitions: [join(import.meta.dirname, 'workflows')],
          database: { migrationsRun: true },
          ...tasker,
        }),
        ShopModule,
      ],
    };
  }
}
