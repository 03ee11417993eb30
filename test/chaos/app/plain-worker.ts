/** A worker process for tests that say themselves what happens. It learns the workflows from the setup. */
import { TaskerWorker } from 'nestjs-tasker';
import { type WorkerMessage } from '../messages.js';
import { readSetup } from '../setup.js';
import { startChaosApp, WORKER } from './chaos-app.js';
import { Journal, SETUP } from './journal.js';
import { Gates, Hold, Poison, Work } from './plain-handlers.js';

const setup = readSetup();
const app = await startChaosApp(setup, {
  definitions: setup.definitions ?? [],
  providers: [{ provide: SETUP, useValue: setup }, Journal, Gates, Hold, Work, Poison],
  worker: { ...WORKER, ...setup.worker },
});
const ready: WorkerMessage = { kind: 'ready', workerId: app.get(TaskerWorker).status.workerId! };
process.send?.(ready);
