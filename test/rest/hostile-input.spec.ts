import fc from 'fast-check';
import { type Answer, type Host, type Platform, startHost } from './support/host.js';
import { type HttpRequest, otherRequests, requests } from './support/hostile.js';

/** What a statement, a driver or a stack would give away. No request contains any of it. */
const INSIDES = /tasker_|SQLSTATE|syntax error|invalid input|violates|node_modules|file:\/\/|\.[jt]s:\d+|QueryFailed/;
const EXPECTED = [200, 201, 204, 207, 400, 404, 409, 413, 414, 415, 422, 431];

interface Task {
  readonly task_id: number;
  readonly context: unknown;
}

function check(request: HttpRequest, answer: Answer): void {
  expect(EXPECTED).toContain(answer.status);
  if (answer.status < 400) return;
  expect(answer.text).not.toMatch(INSIDES);
  if (!answer.headers.get('content-type')?.startsWith('application/problem+json')) return;
  const { errors = [], ...rest } = answer.body as { errors?: { path: string; code: string; message: string }[] };
  expect(rest).toMatchObject({ status: answer.status, code: expect.stringMatching(/^[A-Z_]+$/) as string });
  if (answer.status === 400) expect(errors.length).toBeGreaterThan(0);
  for (const { path, code, message } of errors)
    expect([path, code, message].every((part) => typeof part === 'string')).toBe(true);
}

/** What was accepted is what was sent, and can be read again. */
async function checkCreated(host: Host, request: HttpRequest, answer: Answer): Promise<void> {
  const { task } = answer.body as { task: Task };
  const sent = JSON.parse(request.body!) as { task?: Task } & Task;
  expect(task.context).toEqual((sent.task ?? sent).context);
  expect((await host.get(`/tasker/tasks/${task.task_id}`)).body).toEqual({ task });
}

const PLATFORMS: [Platform, runs: number][] = [
  ['express', 600],
  ['fastify', 300],
];

describe.each(PLATFORMS)('on %s, whatever is sent', (platform, runs) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ platform });
  });
  afterAll(() => host.close());

  it(`is answered as it deserves, ${runs} times, and never by a failure`, async () => {
    const created = new Set<number>();
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const answer = await host.send(request.method, request.path, request.body, request.headers);
        check(request, answer);
        if (request.method === 'POST' && answer.status === 201) {
          await checkCreated(host, request, answer);
          created.add((answer.body as { task: Task }).task.task_id);
        } else if (answer.status >= 400) refused++;
      }),
      { numRuns: runs },
    );
    expect(await host.tasker.listTasks({ limit: 1_000 })).toHaveLength(created.size);
    // The requests are of both kinds, or this test tests nothing.
    expect(created.size).toBeGreaterThan(runs / 50);
    expect(refused).toBeGreaterThan(runs / 10);
  });

  it(`is answered so on every other route, ${runs} times`, async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(otherRequests, async (request) => {
        const answer = await host.send(request.method, request.path, request.body, request.headers);
        check(request, answer);
        statuses.add(answer.status);
      }),
      { numRuns: runs },
    );
    for (const status of [207, 400, 404]) expect(statuses).toContain(status);
  });
});
