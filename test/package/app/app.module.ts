import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TaskerModule } from 'nestjs-tasker';
import { ProcessPayment, ValidateOrder } from './order-steps.js';
import { OrdersService } from './orders.service.js';
import { ProcessOrder } from './process-order.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url: process.env.HOST_DATABASE_URL, autoLoadEntities: true }),
    TaskerModule.forRoot({ database: { migrationsRun: true } }),
  ],
  providers: [OrdersService, ValidateOrder, ProcessPayment, ProcessOrder],
})
export class AppModule {}
