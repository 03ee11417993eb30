import { type INestApplication, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { SimulatedCatalogue } from '../systems/simulated-catalogue.js';
import { SimulatedInventory } from '../systems/simulated-inventory.js';
import { SimulatedMailer } from '../systems/simulated-mailer.js';
import { SimulatedPaymentGateway } from '../systems/simulated-payment-gateway.js';
import { type DemoDatabase } from './database.js';
import { type Screen } from './screen.js';

/** The shop, its outside systems as slow as real ones are. Without a port it is not served. */
export async function startApplication(
  { url, schema }: DemoDatabase,
  port: number | undefined,
  screen: Screen,
): Promise<INestApplication> {
  const tasker = {
    // Long enough to read why the next attempt is due.
    backoff: { delaysSeconds: [2, 4, 8] },
    worker: { shutdownGraceMs: 1_000 },
  };
  const app = await NestFactory.create(AppModule.register({ databaseUrl: url, schema, tasker }), {
    logger: troubleOn(screen),
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.get(SimulatedCatalogue).delay('find', 250);
  app.get(SimulatedPaymentGateway).delay('charge', 600);
  app.get(SimulatedInventory).delay('checkAvailability', 120).delay('reserve', 180);
  app.get(SimulatedMailer).delay('send', 350);
  try {
    await (port === undefined ? app.init() : app.listen(port, '127.0.0.1'));
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

/** What the library logs of failed attempts; the demo shows them in its own way. */
const ATTEMPTS = 'TaskerAttempts';

/** Nest's own lines are left out, its warnings and errors are not. */
function troubleOn(screen: Screen): LoggerService {
  const write = (message: unknown, ...rest: unknown[]) => {
    if (rest.at(-1) !== ATTEMPTS) screen.line([`! ${String(message)}`, 'yellow']);
  };
  return { log: () => undefined, warn: write, error: write, fatal: write };
}
