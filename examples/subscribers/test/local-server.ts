import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A real HTTP server that keeps what it was sent, and answers as it is told to. */
export class LocalServer {
  readonly bodies: Record<string, unknown>[] = [];
  /** Answers still to be given, before 202 for all others. */
  readonly answers: number[] = [];
  private server: Server | undefined;

  async start(): Promise<string> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
        response.writeHead(this.answers.shift() ?? 202).end();
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}
