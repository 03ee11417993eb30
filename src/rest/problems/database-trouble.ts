import { isConnectionTrouble, sqlState } from '../../persistence/conflicts.js';

/**
 * Classes of SQLSTATE that say the database does not serve us now: connection, transaction state (a standby is read-only),
 * no entry, no such database, rollback after conflicts, resources, objects in use (lock timeouts), intervention
 * (cancelled, shutting down), system.
 */
const OUT_OF_SERVICE = ['08', '25', '28', '3D', '40', '53', '55', '57', '58'];

/** True when the same request may well succeed later. What the database refuses for its content is not of that kind. */
export function isDatabaseTrouble(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined ? isConnectionTrouble(error) : OUT_OF_SERVICE.includes(state.slice(0, 2));
}
