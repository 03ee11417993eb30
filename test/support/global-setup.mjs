/**
 * Gives the run a PostgreSQL server: the one TASKER_TEST_DATABASE_URL names (databases must be allowed to be created
 * there), else an embedded one for the length of the run. Never DATABASE_URL, which may be somebody's production, and
 * never a server that merely listens.
 */
import './typescript-loader.mjs';

export default async function setup() {
  const { openTestRun } = await import('./test-run.ts');
  globalThis.taskerTestRun = await openTestRun();
}
