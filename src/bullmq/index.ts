/** The entry `nestjs-tasker/bullmq`: workers that are woken through BullMQ, on Redis, Valkey or PostgreSQL. */
export { TaskerBullMqModule, type TaskerBullMqExtras } from './bullmq.module.js';
export { type BullMqClasses, type BullMqConnection, type TaskerBullMqOptions } from './bullmq.options.js';
export { wakeupQueueName } from './queue-names.js';
