/** The smallest host: runs one task to its end, says how it went, and ends by itself. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TaskerService } from 'nestjs-tasker';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  await app.init();
  const tasker = app.get(TaskerService);
  const task = await tasker.createTask({ name: 'process_order', namespace: 'ecommerce', context: { order_id: 7 } });
  const done = await tasker.waitForTask(task.taskId, { timeoutMs: 20_000 });
  console.log(`task ${done.name} is ${done.state}`);
  await app.close();
  console.log('closed');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
