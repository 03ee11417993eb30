import { createTestDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';
import { type Host, startHost } from './support/host.js';

interface Task {
  readonly task_id: number;
  readonly status: string;
  readonly workflow_steps: readonly Readonly<Record<string, unknown>>[];
}

let host: Host;
beforeAll(async () => {
  host = await startHost({ database: await createTestDatabase({ label: 'tasks' }), tasker: { worker: {} } });
});
afterAll(async () => {
  await host.close();
  await host.database.drop();
});

/** Creates a task and shows it when it has come to its end. */
async function finished(name: string): Promise<Task> {
  const { taskId } = await host.tasker.createTask({ name, context: {} });
  await host.tasker.waitForTask(taskId);
  return shown(taskId);
}

async function shown(taskId: number): Promise<Task> {
  const answer = await host.get(`/tasker/tasks/${taskId}`);
  expect(answer.status).toBe(200);
  return (answer.body as { task: Task }).task;
}

describe('GET /tasker/tasks/:id', () => {
  it('shows a task that is done', async () => {
    const task = await finished('anything');
    const instant = expect.any(String) as string;
    expect(task).toMatchObject({ status: 'complete', complete: true, open_steps: 0, started_at: instant });
    expect(task.workflow_steps).toMatchObject([
      { status: 'complete', processed: true, processed_at: instant, in_process: false, attempts: 1 },
    ]);
    expect(task.workflow_steps[0]).toMatchObject({ results: { done: 'first' }, error: null, next_retry_at: null });
  });

  it('shows why a step has failed for good, without its stack', async () => {
    const task = await finished('declined');
    expect(task).toMatchObject({ status: 'error', complete: false, failed_steps: 1 });
    expect(task.workflow_steps).toMatchObject([{ status: 'error', processed: false, next_retry_at: null }]);
    expect(task.workflow_steps[0]!.error).toEqual({
      message: 'card declined',
      error_class: 'PermanentError',
      error_code: 'CARD_DECLINED',
      context: { card: 'visa' },
      permanent: true,
    });
  });

  it('shows when a failed step is tried again, and what the called system asked for', async () => {
    const { taskId } = await host.tasker.createTask({ name: 'waiting', context: {} });
    const { stepId } = (await host.tasker.listSteps(taskId))[0]!;
    await waitForState(stepId, 'error');
    const [step] = (await shown(taskId)).workflow_steps;
    expect(step).toMatchObject({
      status: 'error',
      attempts: 1,
      backoff_request_seconds: 300,
      error: { permanent: false },
    });
    const inSeconds =
      (Date.parse(step!.next_retry_at as string) - Date.parse(step!.last_attempted_at as string)) / 1000;
    expect(inSeconds).toBeGreaterThan(250);
    expect(inSeconds).toBeLessThan(350);
  });

  it('shows the annotations', async () => {
    const { task_id: taskId } = await finished('anything');
    const { annotationId } = await host.tasker.annotate(taskId, 'invoice', { number: 'A-7' });
    expect(await shown(taskId)).toMatchObject({
      task_annotations: [
        {
          task_id: taskId,
          task_annotation_id: annotationId,
          annotation: { number: 'A-7' },
          annotation_type_name: 'invoice',
          created_at: expect.any(String) as string,
        },
      ],
    });
  });

  it('answers 404 for a task that does not exist', async () => {
    const answer = await host.get('/tasker/tasks/9007199254740991');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toEqual({
      correlation_id: expect.stringMatching(/^tsk_/) as string,
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'There is no task 9007199254740991.',
      code: 'TASK_NOT_FOUND',
    });
  });

  const NO_IDS = ['abc', '0', '-1', '1e3', '1.0', '007', '+1', '0x1', '%201', '1%00', 'NaN', '9007199254740992'];
  it.each([...NO_IDS, '9223372036854775808', '1'.repeat(4000), "1'%3B--", '1,2', '__proto__', '٣'])(
    'answers 400 for %s, which is no id',
    async (id) => {
      for (const [path, field] of [
        [`/tasker/tasks/${id}`, 'id'],
        [`/tasker/tasks/${id}/workflow_steps`, 'task_id'],
      ]) {
        const answer = await host.get(path!);
        expect(answer.status).toBe(400);
        expect(answer.body).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ path: field, code: 'type' }] });
      }
    },
  );
});

async function waitForState(stepId: number, state: string): Promise<void> {
  await waitFor(async () => (await host.tasker.stepHistory(stepId)).at(-1)?.toState === state);
}
