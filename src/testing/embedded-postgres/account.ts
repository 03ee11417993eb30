/**
 * Who runs the server. PostgreSQL refuses to run as root, so root lends it an account that the machine already has:
 * no user is created.
 */
import { execFileSync } from 'node:child_process';
import { TaskerError } from '../../core/errors.js';

/** Empty means: whoever runs this process. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const CANDIDATES = ['postgres', 'nobody'];

export function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of CANDIDATES) {
    const uid = lookUp('-u', name);
    const gid = lookUp('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new TaskerError(
    'EMBEDDED_POSTGRES_FAILED',
    `Embedded PostgreSQL: it cannot run as root, and this machine has no user ${CANDIDATES.join(' or ')} to run it as. ` +
      'Create one (useradd postgres) or run as an ordinary user.',
  );
}

function lookUp(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}
