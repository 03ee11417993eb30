import { type TaskTemplate } from '../../../src/definitions/task-template.js';
import { knownEvents, searchEvents } from '../../../src/cli/events/known-events.js';

const template = (version: string, events: object[]): TaskTemplate =>
  ({ namespace: 'shop', name: 'order', version, steps: [{ name: 'ship', customEvents: events }] }) as never;

const shipped = (more: object = {}) => ({ name: 'order.shipped', ...more });

it('takes the newest of declarations that differ, and names all that declare it', () => {
  const events = knownEvents([
    template('1.0.0', [shipped({ description: 'Old.', schema: { type: 'array' } })]),
    template('1.1.0', [shipped({ description: 'The parcel is on its way.', schema: { type: 'object' } })]),
    template('1.2.0', [shipped()]),
  ]);
  expect(events.at(-1)).toEqual({
    name: 'order.shipped',
    category: 'custom',
    description: 'The parcel is on its way.',
    firedBy: ['1.0.0', '1.1.0', '1.2.0'].map((version) => `step "ship" of shop.order@${version}`),
    durable: true,
    fields: ['attempt', 'payload'],
    schema: { type: 'object' },
  });
});

describe('a search', () => {
  const events = knownEvents([template('1.0.0', [shipped({ description: 'The parcel is on its way.' })])]);
  const found = (query?: string, namespace?: string) =>
    searchEvents(events, { query, namespace }).map(({ name }) => name);

  it('goes by pattern, by text of name or description, and by namespace', () => {
    expect(found('*.shipped')).toEqual(['order.shipped']);
    expect(found('PARCEL')).toEqual(['order.shipped']);
    expect(found('backoff')).toEqual(['observability.step.backoff']);
    expect(found(undefined, 'order')).toEqual(['order.shipped']);
    expect(found('**', 'observability.step')).toHaveLength(2);
    expect(found('failed', 'order')).toEqual([]);
    expect(found()).toHaveLength(events.length);
  });
});
