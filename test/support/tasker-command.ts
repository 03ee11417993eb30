import { startProcess } from './processes.js';

/** Runs the `tasker` command on a database, as a shell would, and waits for its end. */
export async function tasker(
  databaseUrl: string | undefined,
  ...args: string[]
): Promise<{ code: number | null; lines: readonly string[] }> {
  const process = startProcess('src/cli/main.ts', { args, env: { TASKER_DATABASE_URL: databaseUrl ?? '' } });
  const { code } = await process.exited;
  return { code, lines: process.lines };
}
