/** Cuts connections at the server, as a network or an administrator does. */
import { withClient } from './tables.js';

const CUT = `
  select count(pg_terminate_backend(pid))::integer as cut from (
    select pid from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like $1
    order by pid offset $2 limit $3
  ) victim`;

/**
 * @param how `one` connection, those of one `process`, or those of `everybody`, the handlers' own among them
 * @returns how many were cut; none when the server is away
 */
export async function cutConnections(url: string, how: string, pick: number, pid: number): Promise<number> {
  const pattern = how === 'process' ? `chaos-%-${pid}` : 'chaos-%-%';
  try {
    return await withClient(url, async (client) => {
      const [offset, limit] = how === 'one' ? [Math.floor(pick * 20), 1] : [0, null];
      return (await client.query<{ cut: number }>(CUT, [pattern, offset, limit])).rows[0]!.cut;
    });
  } catch {
    return 0;
  }
}
