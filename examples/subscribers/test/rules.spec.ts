import { type EventFor } from 'nestjs-tasker';
import { fingerprintOf, levelOf } from '../error-grouping/fingerprint.js';
import { severityOf } from '../pager/severity.js';
import { durationText, messageOf, truncated } from '../slack/message.js';

const FAILED: EventFor<'task.failed'> = {
  id: 't1.30',
  name: 'task.failed',
  occurredAt: '2026-01-01T00:00:00.000Z',
  correlationId: 'c',
  taskId: 1,
  namespace: 'shop',
  taskName: 'payment',
  version: '1.0.0',
  tags: ['vip'],
  fromState: 'in_progress',
  toState: 'error',
  cause: null,
  by: null,
  why: null,
  totalSteps: 2,
  errorSteps: ['charge_card'],
  failedSteps: 1,
  error: { message: 'the bank hung up', errorClass: 'Error', errorCode: 'ECONNRESET' },
  durationMs: 90_000,
};

it.each([
  [0.4, '0s'],
  [30, '30s'],
  [59.9, '59s'],
  [90, '1m'],
  [3_599, '59m'],
  [7_200, '2h'],
  [200_000, '55h'],
])('slack: says %d seconds as %s', (seconds, text) => expect(durationText(seconds)).toBe(text));

it('slack: keeps a message near two hundred characters, and no half of one', () => {
  expect(truncated('short')).toBe('short');
  expect([...truncated('😀'.repeat(300))]).toHaveLength(200);
  const long = messageOf({ ...FAILED, error: { ...FAILED.error!, message: 'x'.repeat(5_000) } });
  expect(long).toHaveLength(200);
  expect(long).toMatch(/^:x: shop\.payment \(task 1\) failed after 1m at charge_card: x+…$/);
  expect(messageOf({ ...FAILED, error: null })).toContain('no error was recorded');
});

it('error grouping: leaves ids and messages out of a fingerprint', () => {
  const other = { ...FAILED, id: 't2.30', taskId: 2, error: { ...FAILED.error!, message: 'another text' } };
  expect(fingerprintOf(other)).toEqual(fingerprintOf(FAILED));
  expect(fingerprintOf(FAILED)).toEqual(['tasker', 'task_failed', 'shop.payment', 'charge_card', 'ECONNRESET']);
  expect(fingerprintOf({ ...FAILED, error: null }).at(-1)).toBe('unknown');
  expect(levelOf(FAILED)).toBe('error');
});

it('pager: goes by the first rule that fits, and takes what no rule names for an error', () => {
  expect(severityOf(FAILED, [])).toBe('error');
  expect(severityOf(FAILED, [{ workflow: 'billing.*', severity: 'critical' }])).toBe('error');
  expect(severityOf(FAILED, [{ tag: 'vip', severity: 'critical' }, { severity: 'info' }])).toBe('critical');
  expect(severityOf(FAILED, [{ categories: ['network', 'timeout'], severity: 'warning' }])).toBe('warning');
  expect(severityOf(FAILED, [{ workflow: 'shop.payment', tag: 'test', severity: 'none' }])).toBe('error');
});
