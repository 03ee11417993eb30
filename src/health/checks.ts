import { type WorkerStatus } from '../engine/worker-status.js';
import { type TaskerDatabase } from '../persistence/database.js';
import { schemaVersion, wantedSchemaVersion } from '../persistence/migrations.js';
import { type Check, Unhealthy } from './check.js';
import { sharedCall } from './shared-call.js';

/** A schema once found current is not looked at again for so long: it only changes when somebody reverts migrations. */
const SCHEMA_CACHE_MS = 15_000;
/** A query that has hung for so long is asked anew. */
const PATIENCE_MS = 30_000;

export function databaseCheck(db: TaskerDatabase): Check {
  const ask = sharedCall(() => db.rows('select 1'), PATIENCE_MS);
  return async () => {
    await ask();
    return 'answers';
  };
}

export function schemaCheck(db: TaskerDatabase): Check {
  const wanted = wantedSchemaVersion();
  const ask = sharedCall(() => schemaVersion(db.dataSource, db.schema), PATIENCE_MS);
  let currentUntil = -Infinity;
  return async () => {
    if (performance.now() >= currentUntil) {
      const version = await ask();
      // A newer one is fine: while machines are updated one by one, the new program migrates and the old one goes on.
      if (version < wanted) throw new Unhealthy(`is at version ${version} of ${wanted}`);
      currentUntil = performance.now() + SCHEMA_CACHE_MS;
    }
    return 'is current';
  };
}

export function workerCheck(worker: { readonly status: WorkerStatus }): Check {
  return () => {
    const { state, databaseReachable } = worker.status;
    if (state !== 'running') throw new Unhealthy(`is ${state}`);
    if (!databaseReachable) throw new Unhealthy('cannot reach the database');
    return 'is running';
  };
}
