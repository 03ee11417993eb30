/** A way to a server that a test can cut, silence and mend, whatever the server is. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

export interface TcpProxy {
  /** The given address, by way of the proxy. */
  readonly url: string;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps every connection open and passes nothing on, as a network does that has lost its way. */
  silence(): void;
  /** Lets new connections through. Those that were silenced stay silent. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<TcpProxy> {
  const { hostname, port, protocol } = new URL(target);
  const targetPort = Number(port || (protocol.startsWith('redis') ? 6379 : 5432));
  const sockets = new Set<Socket>();
  const silenced = new Set<Socket>();
  let isSilent = false;
  let server: Server | undefined;

  const accept = (client: Socket): void => {
    const upstream = connect(targetPort, hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      if (isSilent) silenced.add(from);
      from.on('data', (data) => void (silenced.has(from) || to.write(data)));
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        silenced.delete(from);
        to.destroy();
      });
    }
  };
  const listen = async (onPort: number): Promise<number> => {
    server = createServer(accept).listen(onPort, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  };
  const endAll = (): void => sockets.forEach((socket) => socket.destroy());
  const cut = async (): Promise<void> => {
    const closing = server && once(server.close(), 'close');
    server = undefined;
    endAll();
    await closing;
  };

  const ownPort = await listen(0);
  const url = new URL(target);
  url.host = `127.0.0.1:${ownPort}`;
  return {
    url: url.href,
    cut,
    silence: () => {
      isSilent = true;
      for (const socket of sockets) silenced.add(socket);
    },
    mend: async () => {
      isSilent = false;
      if (!server) await listen(ownPort);
    },
    close: cut,
  };
}
