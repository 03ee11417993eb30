import { type DemoOptions } from './arguments.js';
import { type DemoDatabase, embeddedDatabase, givenDatabase } from './database.js';
import { requireFreePort } from './port.js';
import { type Screen } from './screen.js';
import { seconds } from './step-status.js';

/** The whole demo, from an empty machine to one as empty. Rejects when it is interrupted before its end. */
export async function runDemo(options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<void> {
  const toClose: (() => Promise<void>)[] = [];
  try {
    screen.line(['nestjs-tasker demo', 'bold'], [': orders go through a workflow of five steps, kept in PostgreSQL.']);
    screen.line();
    await requireFreePort(options.port);

    // The application is loaded while the database starts.
    const loading = Promise.all([import('./application.js'), import('./play.js'), import('./serve.js')]);
    loading.catch(() => undefined);
    const database = await timed(
      screen,
      () => openDatabase(options),
      ({ description }) => description,
    );
    toClose.push(() => database.close());
    const [{ startApplication }, { playOrders }, { serve }] = await loading;
    signal.throwIfAborted();

    const port = options.serve ? options.port : undefined;
    const app = await timed(
      screen,
      () => startApplication(database, port, screen),
      () => 'Nest application, which imports TaskerModule.forRoot()',
    );
    toClose.push(() => app.close());
    signal.throwIfAborted();
    screen.line();

    const played = await playOrders(app, screen, signal);
    if (options.serve) await serve(app, played, screen, signal);
    else screen.line(['To go on by yourself: npm run demo -- --serve keeps the REST API up.']);
  } finally {
    // What was opened last is closed first.
    for (const close of toClose.reverse()) await close();
  }
}

function openDatabase({ database }: DemoOptions): Promise<DemoDatabase> {
  return database === undefined ? embeddedDatabase() : givenDatabase(database);
}

async function timed<T>(screen: Screen, work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
  const start = performance.now();
  const result = await work();
  screen.line(['  ✔ ', 'green'], [describe(result)], [`  ${seconds(performance.now() - start)}`, 'dim']);
  return result;
}
