/** A worker process. */
import { TaskerWorker } from 'nestjs-tasker';
import { type WorkerMessage } from '../messages.js';
import { readSetup } from '../setup.js';
import { workflows } from '../workflows.js';
import { startChaosApp, WORKER } from './chaos-app.js';
import { EventRecorder } from './event-recorder.js';
import { ChaosEffect, ChaosWork } from './handlers.js';
import { Journal, SETUP } from './journal.js';

const STATUS_MS = 250;

const setup = readSetup();
const app = await startChaosApp(setup, {
  definitions: workflows(setup.seed),
  providers: [{ provide: SETUP, useValue: setup }, Journal, ChaosWork, ChaosEffect, EventRecorder],
  worker: WORKER,
});
const worker = app.get(TaskerWorker);
tell({ kind: 'ready', workerId: worker.status.workerId! });
setInterval(() => {
  const { fencedResults: fenced, reapedClaims: reaped } = worker.status;
  tell({ kind: 'status', fenced, reaped });
}, STATUS_MS).unref();

function tell(message: WorkerMessage): void {
  process.send?.(message);
}
