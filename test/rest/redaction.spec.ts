import { PermanentError, type StepContext, StepHandler, type WorkflowDefinition } from 'nestjs-tasker';
import { type Host, startHost } from './support/host.js';

const MASK = '[FILTERED]';

@StepHandler('charge')
class Charge implements StepHandler {
  process({ task }: StepContext) {
    const { holder } = (task.context as typeof CONTEXT).payment;
    return { payer: holder, card_token: 'tok_1', receipt: { line: 'secret line', total: 3 } };
  }
}

@StepHandler('refuse_mail')
class RefuseMail implements StepHandler {
  process({ sequence }: StepContext): never {
    const { payer } = sequence.results('charge') as { payer: string };
    throw new PermanentError(`no mail for ${payer}: password=hunter2`, {
      context: { payer, apiKey: 'k-1', code: 550 },
    });
  }
}

const CONTEXT = {
  payment: { holder: 'Ann Smith', iban_of: 'DE1234' },
  api_key: 'k-2',
  items: [{ note: 'for grandma' }],
};
const WORKFLOW: WorkflowDefinition = {
  name: 'order',
  sensitive: ['payment', 'items[].note'],
  steps: [
    { name: 'charge', handler: 'charge', sensitive: ['receipt.line'] },
    { name: 'mail', handler: 'refuse_mail', dependsOn: ['charge'] },
  ],
};
const SECRETS = ['Ann Smith', 'DE1234', 'grandma', 'secret line'];
const NAMED_SECRETS = ['k-1', 'k-2', 'tok_1', 'hunter2'];

interface Shown {
  readonly context: unknown;
  readonly workflow_steps: { results: unknown; error: { message: string; context: unknown } | null }[];
  readonly task_annotations: { annotation: unknown }[];
}

let host: Host;
let taskId: number;

async function start(redaction: object): Promise<void> {
  host = await startHost({
    tasker: { definitions: [WORKFLOW], worker: {}, redaction, logging: { level: 'error' } },
    module: { providers: [Charge, RefuseMail] },
  });
  const created = await host.send('POST', '/tasker/tasks', { name: 'order', context: CONTEXT });
  taskId = (created.body as { task: { task_id: number } }).task.task_id;
  expect(created.text).not.toContain('Ann Smith');
  await host.tasker.waitForTask(taskId);
  await host.tasker.annotate(taskId, 'note', { text: 'ask Ann Smith', secret: 'k-1' });
}

const pages = async (): Promise<string[]> => {
  const paths = ['/tasker/tasks', `/tasker/tasks/${taskId}`, `/tasker/tasks/${taskId}/workflow_steps`];
  const answers = await Promise.all(paths.map((path) => host.get(path)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  return answers.map(({ text }) => text);
};

afterEach(() => host.close());

it('shows neither sensitive paths nor names of secrets on any route', async () => {
  await start({});
  for (const text of await pages()) {
    for (const secret of [...SECRETS, ...NAMED_SECRETS]) expect(text).not.toContain(secret);
    expect(text).toContain(MASK);
  }
  const { task } = (await host.get(`/tasker/tasks/${taskId}`)).body as { task: Shown };
  expect(task).toMatchObject({
    context: { payment: MASK, api_key: MASK, items: [{ note: MASK }] },
    workflow_steps: [
      { results: { payer: MASK, card_token: MASK, receipt: { line: MASK, total: 3 } }, error: null },
      {
        error: { message: `no mail for ${MASK}: password=${MASK}`, context: { payer: MASK, apiKey: MASK, code: 550 } },
      },
    ],
    task_annotations: [{ annotation: { text: `ask ${MASK}`, secret: MASK } }],
  });
});

it('gives the truth to the service, and keeps it', async () => {
  await start({});
  const task = await host.tasker.getTask(taskId);
  expect(task.context).toEqual(CONTEXT);
  expect(task.steps[0]!.results).toMatchObject({ payer: 'Ann Smith', card_token: 'tok_1' });
  expect(task.steps[1]!.error).toMatchObject({ context: { payer: 'Ann Smith', apiKey: 'k-1' } });
  expect(task.annotations[0]!.annotation).toEqual({ text: 'ask Ann Smith', secret: 'k-1' });
});

it('shows names of secrets when the host wants it, and sensitive paths never', async () => {
  await start({ api: false });
  const [list, task] = await pages();
  for (const secret of SECRETS) expect(`${list} ${task}`).not.toContain(secret);
  for (const named of NAMED_SECRETS) expect(task).toContain(named);
});

it('hides further names, and e-mail addresses, when asked to', async () => {
  await start({ keys: ['total'], emails: true, mask: '***' });
  const { body } = await host.send('POST', '/tasker/tasks', {
    name: 'order',
    context: { to: 'ann@example.org', subTotal: 7 },
  });
  expect((body as { task: Shown }).task.context).toEqual({ to: '***', subTotal: '***' });
});
