import { createServer } from 'node:net';
import { Unavailable } from './unavailable.js';

/**
 * Before anything else is started for it. Port 0 means any, which there is.
 * @throws Unavailable when the port cannot be listened on
 */
export async function requireFreePort(port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  await new Promise<void>((done, fail) => {
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      const why = code === 'EADDRINUSE' ? 'somebody else listens there' : code;
      fail(new Unavailable(`Port ${port} cannot be used: ${why}. Without --port, any free one is taken.`));
    });
    probe.listen(port, '127.0.0.1', () => probe.close(() => done()));
  });
}
