import { SYSTEM_EVENTS } from '../../src/core/events/catalogue.js';
import { EventRegistry } from '../../src/events/event-registry.js';

let registry: EventRegistry;
beforeEach(() => {
  registry = new EventRegistry();
});

const custom = () => registry.catalog().filter(({ category }) => category === 'custom');
const refusal = (name: unknown): string => {
  try {
    registry.declare({ name: name as string }, 'here');
    return 'accepted';
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_CUSTOM_EVENT' });
    return (error as Error).message;
  }
};

it('lists what the library fires, and then what is declared', () => {
  registry.declare({ name: 'order.shipped', description: 'It is on its way.' }, 'Ship');
  expect(registry.catalog()).toHaveLength(SYSTEM_EVENTS.length + 1);
  expect(registry.info('order.shipped')).toEqual({
    name: 'order.shipped',
    category: 'custom',
    description: 'It is on its way.',
    firedBy: ['Ship'],
    durable: true,
    fields: ['attempt', 'payload'],
  });
  expect(registry.info('task.completed')).toMatchObject({ category: 'task' });
  expect(registry.info('order.lost')).toBeUndefined();
});

it.each([
  [undefined, 'must be a text'],
  ['', 'must be a text'],
  ['shipped', 'needs a namespace before its name, such as "order.shipped"'],
  ['task.completed', "one of the library's own"],
  ['task.shipped', 'must not begin with "task"'],
  ['Task.shipped', 'must not begin with "Task"'],
  ['step.x', 'must not begin with "step"'],
  ['workflow.x', 'must not begin with "workflow"'],
  ['observability.x', 'must not begin with "observability"'],
  ['subscriber.x', 'must not begin with "subscriber"'],
  ['webhook.x', 'must not begin with "webhook"'],
  ['custom.x', 'must not begin with "custom"'],
  ['test.x', 'must not begin with "test"'],
  ['tasker.x', 'must not begin with "tasker"'],
  ['order..shipped', 'must be lower-case letters'],
  ['order.shipped.', 'must be lower-case letters'],
  ['order.ship ped', 'must be lower-case letters'],
  ['Order.shipped', 'must be lower-case letters'],
  ['order.*', 'must be lower-case letters'],
  [`order.${'x'.repeat(128)}`, 'longer than 128'],
])('refuses to declare %p', (name, why) => {
  const message = refusal(name);
  expect(message).toContain('here: ');
  expect(message).toContain(why);
  expect(custom()).toEqual([]);
});

it('takes the same declaration from many, and names all of them', () => {
  const schema = { type: 'object', required: ['a', 'b'] };
  registry.declare({ name: 'order.shipped' }, 'Ship');
  registry.declare({ name: 'order.shipped', description: 'On its way.', schema }, 'ShipAgain');
  registry.declare({ name: 'order.shipped', schema: { required: ['a', 'b'], type: 'object' } }, 'Third');
  expect(registry.info('order.shipped')).toMatchObject({
    firedBy: ['Ship', 'ShipAgain', 'Third'],
    description: 'On its way.',
  });
  expect(registry.schemaOf('order.shipped')).toEqual(schema);
});

it('refuses declarations that do not agree, and names the other', () => {
  registry.declare({ name: 'order.shipped', description: 'a', schema: { type: 'object' } }, 'Ship');
  const other = (declaration: object) => () => registry.declare({ name: 'order.shipped', ...declaration }, 'Other');
  expect(other({ description: 'b' })).toThrow('Other: the event "order.shipped" has another description in Ship.');
  expect(other({ schema: { type: 'array' } })).toThrow('has another schema in Ship');
  expect(registry.info('order.shipped')!.firedBy).toEqual(['Ship']);
});

it('refuses a schema that is none, and says where', () => {
  const declare = () => registry.declare({ name: 'order.shipped', schema: { type: 'objekt' } }, 'Ship');
  expect(declare).toThrow(/the schema of the event "order.shipped" cannot be used: schema\.type/);
});

it('says what is wrong with a payload', () => {
  const schema = { type: 'object', properties: { carrier: { type: 'string' } }, required: ['carrier'] };
  registry.declare({ name: 'order.shipped', schema }, 'Ship');
  registry.declare({ name: 'order.lost' }, 'Ship');
  expect(registry.payloadErrors('order.shipped', { carrier: 'dhl' })).toEqual([]);
  expect(registry.payloadErrors('order.shipped', { carrier: 7 })).toMatchObject([{ path: 'payload.carrier' }]);
  expect(registry.payloadErrors('order.shipped', {})).toHaveLength(1);
  expect(registry.payloadErrors('order.lost', 'anything')).toEqual([]);
});

describe('a search', () => {
  beforeEach(() => registry.declare({ name: 'order.shipped', description: 'The parcel is on its way.' }, 'Ship'));
  const found = (query: string) => registry.search(query).map(({ name }) => name);

  it('takes a pattern, or a text of the name or the description, whatever its case', () => {
    expect(found('task.*')).toContain('task.completed');
    expect(found('task.*').every((name) => name.startsWith('task.'))).toBe(true);
    expect(found('SHIPPED')).toEqual(['order.shipped']);
    expect(found('PARCEL')).toEqual(['order.shipped']);
    expect(found('nothing like it')).toEqual([]);
  });

  it('can be for a namespace', () => {
    const names = (namespace: string) => registry.inNamespace(namespace).map(({ name }) => name);
    expect(names('order')).toEqual(['order.shipped']);
    expect(names('observability.step')).toEqual([
      'observability.step.backoff',
      'observability.step.max_retries_reached',
    ]);
    expect(names('ord')).toEqual([]);
  });
});

it('says why nothing can ever fit a name or pattern, with a hint', () => {
  registry.declare({ name: 'order.shipped' }, 'Ship');
  expect(registry.problemOf('order.*', true)).toBeUndefined();
  expect(registry.problemOf('**', true)).toBeUndefined();
  expect(registry.problemOf('task.complete', false)).toBe(
    'there is no event "task.complete". Did you mean "task.completed"?',
  );
  expect(registry.problemOf('*', false)).toBe('there is no event "*". "**" is every event.');
  expect(registry.problemOf('step.before_handle', false)).toBeUndefined();
  expect(registry.problemOf('step.before_handle', true)).toContain('cannot be durable');
});

it('says who is told of what', () => {
  expect(registry.subscribers()).toEqual([]);
  const all = [
    { name: 'Bills.bill', patterns: ['task.*'], isDurable: false },
    { name: 'billing', patterns: ['task.completed', 'order.*'], isDurable: true },
  ];
  registry.followSubscribers(() => all);
  expect(registry.subscribers()).toEqual(all);
  expect(registry.subscribers('task.failed').map(({ name }) => name)).toEqual(['Bills.bill']);
  expect(registry.subscribers('order.shipped').map(({ name }) => name)).toEqual(['billing']);
});
