import { Command, Option } from 'commander';
import { SystemClock } from '../core/clock.js';
import { type Actor } from '../engine/actor.js';
import { EventDeliveries } from '../engine/events/durable/event-deliveries.js';
import { TaskerWebhooks } from '../engine/events/webhooks/tasker-webhooks.js';
import { WebhookSender } from '../engine/events/webhooks/webhook-sender.js';
import { DEFAULT_WEBHOOKS } from '../engine/events/webhooks/webhook-settings.js';
import { type Webhook } from '../engine/events/webhooks/webhook-view.js';
import { type TaskerDatabase } from '../persistence/database.js';
import { EventOperatorStore } from '../persistence/event-operator-store.js';
import { EventStreamStore } from '../persistence/event-stream-store.js';
import { EventSubscriberStore } from '../persistence/event-subscriber-store.js';
import { WebhookStore } from '../persistence/webhook-store.js';
import { requireCurrentSchema } from './current-schema.js';
import { type DatabaseFlags, withDatabase, withDatabaseOptions } from './database-options.js';

interface WebhookFlags extends DatabaseFlags {
  readonly json?: boolean;
  readonly by?: string;
  readonly reason?: string;
  readonly allowPrivate?: boolean;
  readonly event?: readonly string[];
  readonly namespace?: readonly string[];
  readonly header?: readonly string[];
  readonly secret?: string;
  readonly skip?: boolean;
  readonly keepOld?: string;
}

interface Answer {
  readonly result: unknown;
  readonly lines: readonly string[];
  readonly exitCode?: number;
}

type Work = (webhooks: TaskerWebhooks, flags: WebhookFlags, args: readonly string[]) => Promise<Answer>;

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** `tasker webhooks list | add | test | enable | disable | rotate | remove`. */
export function webhooksCommand(): Command {
  const list = action(new Command('list'), 'show all webhooks with how they fare', async (webhooks) => {
    const all = await webhooks.list();
    return { result: { webhooks: all }, lines: all.length === 0 ? ['There is no webhook.'] : all.flatMap(describe) };
  });
  const add = withPrivate(named('add'))
    .argument('<url>', 'where events are sent')
    .requiredOption('--event <pattern>', 'name or pattern of events; may be repeated', collect)
    .option('--namespace <name>', 'only events of its tasks; may be repeated', collect)
    .option('--header <name: value>', 'a further header; may be repeated', collect)
    .addOption(new Option('--secret <secret>', 'instead of one that is made').env('TASKER_WEBHOOK_SECRET'));
  const test = act(withPrivate(named('test')), 'send one a test event now', async (webhooks, name, actor) => {
    const answer = await webhooks.test(name, actor);
    const said = answer.isAccepted ? `accepted with ${answer.status}` : `failed: ${answer.error}`;
    return { result: answer, lines: [`${said} (${answer.latencyMs} ms)`], exitCode: answer.isAccepted ? 0 : 1 };
  });
  const enable = act(
    named('enable').option('--skip', 'leave out what waits for it, and go on with what happens from now on'),
    'let one go on where it stopped',
    async (webhooks, name, actor, { skip }) => shown(await webhooks.enable(name, { skip }, actor)),
  );
  const disable = act(named('disable'), 'send one nothing more; it keeps its place', async (webhooks, name, actor) =>
    shown(await webhooks.disable(name, actor)),
  );
  const rotate = act(
    named('rotate').option('--keep-old <seconds>', 'how long the secret before is good as well', '86400'),
    'give one another secret, shown this once',
    async (webhooks, name, actor, { keepOld }) => {
      const { webhook, secret } = await webhooks.rotateSecret(name, { keepOldForSeconds: Number(keepOld) }, actor);
      return { result: { webhook, secret }, lines: [secret] };
    },
  );
  const remove = act(named('remove'), 'forget one, with what waits for it', async (webhooks, name, actor) => {
    await webhooks.remove(name, actor);
    return { result: { removed: name }, lines: [`removed ${name}`] };
  });
  const command = new Command('webhooks').description('look at who is told of events over HTTP, and change that');
  for (const sub of [list, action(add, 'make one, and show its secret this once', addOne)]) command.addCommand(sub);
  for (const sub of [test, enable, disable, rotate, remove]) command.addCommand(sub);
  return command;
}

const addOne: Work = async (webhooks, flags, [name, url]) => {
  const { event: events = [], namespace: namespaces, header = [], secret, by, reason } = flags;
  const headers = Object.fromEntries(
    header.map((line) => {
      const [field = '', ...rest] = line.split(':');
      return [field.trim(), rest.join(':').trim()];
    }),
  );
  const request = { name: name!, url: url!, events, namespaces, headers, secret };
  const made = await webhooks.create(request, { by, reason });
  return { result: made, lines: [...describe(made.webhook), `    secret ${made.secret}`] };
};

function named(verb: string): Command {
  return new Command(verb)
    .argument('<name>', 'as `tasker webhooks list` shows it')
    .option('--by <who>', 'kept in the audit')
    .option('--reason <why>', 'kept in the audit');
}

function withPrivate(command: Command): Command {
  return command.option('--allow-private', 'also to private addresses and over http, if the application allows it too');
}

function act(
  command: Command,
  description: string,
  work: (webhooks: TaskerWebhooks, name: string, actor: Actor, flags: WebhookFlags) => Promise<Answer>,
): Command {
  return action(command, description, (webhooks, flags, [name]) =>
    work(webhooks, name!, { by: flags.by, reason: flags.reason }, flags),
  );
}

function action(command: Command, description: string, work: Work): Command {
  return withDatabaseOptions(command)
    .description(description)
    .option('--json', 'print JSON')
    .action(async () => {
      const flags = command.opts<WebhookFlags>();
      const { result, lines, exitCode } = await withDatabase(flags, async (database) => {
        await requireCurrentSchema(database);
        return withWebhooks(database, flags, (webhooks) => work(webhooks, flags, command.args));
      });
      console.log(flags.json ? JSON.stringify(result) : lines.join('\n'));
      if (exitCode) process.exitCode = exitCode;
    });
}

/** Without an application: which hosts its options allow is not known here, hence the flag. */
async function withWebhooks<T>(
  database: TaskerDatabase,
  { allowPrivate = false }: WebhookFlags,
  work: (webhooks: TaskerWebhooks) => Promise<T>,
): Promise<T> {
  const clock = new SystemClock();
  const options = { ...DEFAULT_WEBHOOKS, allowPrivateNetworks: allowPrivate };
  const stream = new EventStreamStore(database, clock);
  const subscribers = new EventSubscriberStore(database, clock);
  const states = new EventDeliveries(subscribers, new EventOperatorStore(database, clock), stream);
  const sender = new WebhookSender(options);
  // Processes see for themselves that something was changed.
  const tell = (): void => undefined;
  try {
    return await work(new TaskerWebhooks(new WebhookStore(database, clock), stream, states, sender, options, tell));
  } finally {
    sender.close();
  }
}

function shown(webhook: Webhook): Answer {
  return { result: { webhook }, lines: describe(webhook) };
}

function describe(webhook: Webhook): string[] {
  const { name, url, events, namespaces, lastStatus, lastError, isDeclared } = webhook;
  const where = namespaces === null ? '' : ` of ${namespaces.join(', ')}`;
  const last = lastStatus === null ? '' : `, last answer ${lastStatus}`;
  return [
    `${name}: ${standing(webhook)}${last}${isDeclared ? ' (declared)' : ''}`,
    `    ${events.join(', ')}${where} to ${url}`,
    ...(lastError === null ? [] : [`    ${lastError}`]),
  ];
}

function standing({ state, disabledAt, disabledReason, failures, failingSince }: Webhook): string {
  if (state === 'disabled') return `disabled since ${disabledAt!.toISOString()}: ${disabledReason}`;
  if (state === 'failing') return `failed ${failures} times since ${failingSince!.toISOString()}`;
  return 'enabled';
}
