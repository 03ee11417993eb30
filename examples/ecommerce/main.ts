/**
 * Serves the shop on a database of your own:
 *   SHOP_DATABASE_URL=postgres://localhost/shop PORT=3000 node --import ./test/support/typescript-loader.mjs examples/ecommerce/main.ts
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const { SHOP_DATABASE_URL: databaseUrl, PORT: port = '3000' } = process.env;
if (!databaseUrl) throw new Error('SHOP_DATABASE_URL must name the database of the shop.');

const app = await NestFactory.create(AppModule.register({ databaseUrl }));
// SIGTERM lets running steps finish and hands the rest back.
app.enableShutdownHooks();
await app.listen(port);
console.log(`The shop is at ${await app.getUrl()}`);
