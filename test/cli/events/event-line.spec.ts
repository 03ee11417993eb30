import { SYSTEM_EVENTS } from '../../../src/core/events/catalogue.js';
import { type SystemEventName } from '../../../src/core/events/event-map.js';
import { exampleEvent } from '../../../src/core/events/example-events.js';
import { eventLine } from '../../../src/cli/events/event-line.js';

const AT = '2026-01-05T09:30:02.500Z';
const line = (name: SystemEventName): string => eventLine(exampleEvent(name)).replaceAll(/ {2,}/g, ' ');

it.each<[SystemEventName, string]>([
  ['task.initialize_requested', 'task 42 ecommerce.process_order - 3 steps'],
  ['task.completed', 'task 42 ecommerce.process_order - 2.5 s'],
  ['task.failed', 'task 42 ecommerce.process_order - 2.5 s, the card was declined, failed: process_payment'],
  ['task.cancelled', 'task 42 ecommerce.process_order - 2.5 s, operator, by ann, because the bank was down'],
  ['step.completed', 'task 42 ecommerce.process_order process_payment #1 - 812 ms'],
  [
    'step.failed',
    'task 42 ecommerce.process_order process_payment #1 - 812 ms, the card was declined, again at 2026-01-05T09:30:04.500Z',
  ],
  ['subscriber.dead_lettered', '- the ledger is closed, billing gave up task.completed t42.20'],
  ['webhook.disabled', '- answered 503, partner'],
])('says of %s: %s', (name, rest) => expect(line(name)).toBe(`${AT} ${name} ${rest}`));

it('is one line, and not too long, for whatever event', () => {
  for (const { name } of SYSTEM_EVENTS) expect(line(name as SystemEventName)).toMatch(/^.{40,400}$/);
  const error = { ...exampleEvent('step.failed').error, message: 'a\nb '.repeat(500) };
  const long = eventLine({ ...exampleEvent('step.failed'), error });
  expect(long).toMatch(/^[^\n]{100,300}…$/);
});
