import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { SseConnection } from '../../../src/rest/streams/sse-connection.js';
import { waitFor } from '../../support/wait-for.js';

let server: Server;
let client: Socket;

/** A connection to a client that has asked, and reads nothing until it is told to. */
async function connected(onClose: () => void): Promise<SseConnection> {
  const made = new Promise<SseConnection>((resolve) => {
    server = createServer((_request, response) => resolve(new SseConnection(response, onClose)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined).pause();
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return made;
}

afterEach(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

it('cuts a client that does not read, before it costs more than a bounded amount of memory', async () => {
  let closed = 0;
  const connection = await connected(() => closed++);
  const data = { text: 'x'.repeat(64_000) };
  let sent = 0;
  // The kernel keeps a few megabytes for a client as well.
  while (connection.isOpen && sent < 1_000) {
    connection.send({ event: 'big', data });
    sent++;
    await new Promise(setImmediate);
  }
  expect(connection.isOpen).toBe(false);
  expect(sent).toBeLessThan(1_000);
  await waitFor(() => Promise.resolve(closed === 1));
  connection.send({ event: 'late', data });
});

it('writes messages so that no text can end one, and says when it is over', async () => {
  let closed = 0;
  const connection = await connected(() => closed++);
  let text = '';
  client.on('data', (chunk) => (text += chunk.toString('utf8'))).resume();
  connection.send({ id: '7.0', event: 'task.completed', data: { why: 'a\n\ndata: {}\r\nid: 9' } });
  connection.end('complete');
  // The client's end of it: the server's is closed before all has been read here.
  await waitFor(() => text.includes('event: end') && closed === 1);
  expect(text).toContain('Content-Type: text/event-stream; charset=utf-8');
  expect(text).toContain('id: 7.0\nevent: task.completed\ndata: {"why":"a\\n\\ndata: {}\\r\\nid: 9"}\n\n');
  expect(text).toContain('event: end\ndata: {"reason":"complete"}\n\n');
});
