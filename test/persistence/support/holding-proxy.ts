/** Stands before a PostgreSQL server and can hold back what it says, to hand it over in one piece. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type AddressInfo } from 'node:net';

export class HoldingProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private held: Buffer[] | undefined;

  private constructor(private readonly target: URL) {
    this.server = createServer((client) => this.join(client));
  }

  static async before(url: string): Promise<HoldingProxy> {
    const proxy = new HoldingProxy(new URL(url));
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** From now on the server is heard no more, until it has ended the connection; then all it said comes at once. */
  hold(): void {
    this.held = [];
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.on('data', (data) => server.write(data));
    client.on('close', () => server.destroy());
    server.on('data', (data) => void (this.held ? this.held.push(data) : client.write(data)));
    server.on('end', () => {
      client.end(Buffer.concat(this.held ?? []));
      this.held = undefined;
    });
  }
}
