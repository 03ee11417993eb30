/** A receiver of webhooks, as somebody would run one: on 127.0.0.1, answering what the test says. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

const FIXTURES = join(import.meta.dirname, '../../../support/fixtures');
export const LOCALHOST_CERTIFICATE = readFileSync(join(FIXTURES, 'localhost.cert.pem'));

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: Record<string, unknown> & { readonly name: string; readonly payload?: { readonly n: number } };
}

type Answer = number | ((received: Received, response: ServerResponse) => void);

export class Receiver {
  /** All requests, those that were refused included. */
  readonly all: Received[] = [];
  /** Those that were answered with a 2xx by a number. */
  readonly taken: Received[] = [];
  connections = 0;
  answer: (received: Received) => Answer = () => 204;

  private constructor(
    readonly url: string,
    readonly port: number,
    private readonly end: () => Promise<void>,
  ) {}

  static async start(isSecure = false): Promise<Receiver> {
    const made: { receiver?: Receiver } = {};
    const listener: RequestListener = (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8');
        const { receiver } = made;
        const received = { headers: request.headers, body, event: JSON.parse(body) as Received['event'] };
        receiver!.all.push(received);
        const answer = receiver!.answer(received);
        if (typeof answer === 'function') return answer(received, response);
        if (answer < 300) receiver!.taken.push(received);
        response.writeHead(answer).end(answer >= 400 ? 'not now' : undefined);
      });
    };
    const tls = { cert: LOCALHOST_CERTIFICATE, key: readFileSync(join(FIXTURES, 'localhost.key.pem')) };
    const server = isSecure ? createTlsServer(tls, listener) : createServer(listener);
    server.on('connection', () => made.receiver!.connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    made.receiver = new Receiver(`${isSecure ? 'https' : 'http'}://127.0.0.1:${port}/hooks`, port, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return made.receiver;
  }

  /** The numbers of the events that were taken, in their order. */
  numbers(taskId?: number): number[] {
    return this.taken
      .filter(({ event }) => taskId === undefined || event['task_id'] === taskId)
      .map(({ event }) => event.payload!.n);
  }

  stop(): Promise<void> {
    return this.end();
  }
}
