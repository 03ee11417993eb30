import { type ServerResponse } from 'node:http';
import { type HttpAdapterHost } from '@nestjs/core';

/** One message of a stream, as the HTML standard has server-sent events. */
export interface SseMessage {
  /** Where a client that comes back goes on. */
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
}

/** Bytes that wait for a client to read them, before it is cut. */
const MAX_WAITING_BYTES = 1_048_576;
/** A comment so often keeps proxies from closing what looks idle, and finds clients that are gone. */
const HEARTBEAT_MS = 15_000;

/** What Fastify's reply has beside what Express's response is. */
interface Reply {
  readonly raw?: ServerResponse;
  hijack?(): unknown;
  getHeaders?(): Record<string, number | string | string[] | undefined>;
}

/**
 * A stream of messages to one client. A client that reads too slowly is cut, so that it costs a bounded amount of memory;
 * it may come back and say where it was.
 */
export class SseConnection {
  private readonly raw: ServerResponse;
  private readonly heartbeat: NodeJS.Timeout;
  private open = true;

  /** Sends the headers. @param onClose called once, when it is over, whoever ended it */
  constructor(response: unknown, onClose: () => void) {
    const reply = response as Reply;
    this.raw = reply.raw ?? (response as ServerResponse);
    for (const [name, value] of Object.entries(reply.raw ? (reply.getHeaders?.() ?? {}) : {})) {
      if (value !== undefined) this.raw.setHeader(name, value);
    }
    reply.hijack?.();
    this.raw.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Nginx would collect what is to be there at once.
      'X-Accel-Buffering': 'no',
    });
    this.raw.flushHeaders();
    if (this.raw.req.method === 'HEAD') this.raw.end();
    this.heartbeat = setInterval(() => this.write(': still here\n\n'), HEARTBEAT_MS);
    this.heartbeat.unref();
    this.raw.on('error', () => this.raw.destroy());
    this.raw.on('close', () => {
      this.open = false;
      clearInterval(this.heartbeat);
      onClose();
    });
  }

  get isOpen(): boolean {
    return this.open;
  }

  send({ id, event, data }: SseMessage): void {
    const head = id === undefined ? '' : `id: ${id}\n`;
    // JSON has no line break outside of its texts, and in them they are escaped.
    this.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Tells the client not to come back, and ends. */
  end(reason: string): void {
    this.send({ event: 'end', data: { reason } });
    if (this.open) this.raw.end();
    this.open = false;
  }

  /** Ends without a word: whoever comes back goes on where it was. */
  cut(): void {
    this.open = false;
    this.raw.destroy();
  }

  private write(text: string): void {
    if (!this.open) return;
    this.raw.write(text);
    if (this.raw.writableLength > MAX_WAITING_BYTES) this.cut();
  }
}

/** Answers that there is nothing to stream, which ends an EventSource for good. */
export function nothingToStream({ httpAdapter }: HttpAdapterHost, response: unknown): void {
  httpAdapter.reply(response, '', 204);
}
