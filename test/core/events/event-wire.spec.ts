import { toWire } from '../../../src/core/events/event-wire.js';

it('writes the names of the library in snake_case, those within an error too, and leaves values alone', () => {
  const event = {
    ...{ id: 'x', occurredAt: '2030-01-01T00:00:00.000Z', tags: ['aB'], nextRetryAt: null, toState: 'error' },
    error: { message: 'mM', errorClass: 'TypeError', errorCode: null },
  };
  expect(toWire(event)).toEqual({
    ...{ id: 'x', occurred_at: '2030-01-01T00:00:00.000Z', tags: ['aB'], next_retry_at: null, to_state: 'error' },
    error: { message: 'mM', error_class: 'TypeError', error_code: null },
  });
});

it('leaves the payload of an event of the application as it is', () => {
  const payload = { orderId: 7, nestedThing: { innerName: [{ aB: 1 }] } };
  expect(toWire({ stepId: 1, payload })).toEqual({ step_id: 1, payload });
});
