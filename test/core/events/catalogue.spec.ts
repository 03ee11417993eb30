import { SYSTEM_EVENTS, systemEvent, TASKER_EVENTS } from '../../../src/core/events/catalogue.js';
import { exampleEvent } from '../../../src/core/events/example-events.js';
import { LEFT_OUT } from '../../../src/core/events/left-out.js';
import { type SystemEventName } from '../../../src/core/events/event-map.js';
import { REFERENCE_NAMES } from './reference-names.js';

const names = SYSTEM_EVENTS.map(({ name }) => name);

/** What every event of its kind has. */
const OF_EVENTS = ['id', 'name', 'occurredAt', 'correlationId'];
const OF_TASKS = [...OF_EVENTS, 'taskId', 'namespace', 'taskName', 'version', 'tags'];
const OF_STEPS = [...OF_TASKS, 'stepId', 'stepName', 'dependentSystem'];

it('has every event of the reference, or says why not', () => {
  const accounted = [...names, ...LEFT_OUT.flatMap((group) => group.names)];
  expect(REFERENCE_NAMES.filter((name) => !accounted.includes(name))).toEqual([]);
});

it('leaves nothing out that it has, nothing twice, and nothing that the reference never had', () => {
  const left = LEFT_OUT.flatMap((group) => group.names);
  expect(left.filter((name) => names.includes(name))).toEqual([]);
  expect(new Set(left).size).toBe(left.length);
  expect(left.filter((name) => !REFERENCE_NAMES.includes(name))).toEqual([]);
  expect(LEFT_OUT.filter(({ reason }) => reason.length < 20)).toEqual([]);
});

it('is one constant for each event', () => {
  const constants: readonly string[] = Object.values(TASKER_EVENTS);
  expect([...constants].sort()).toEqual([...names].sort());
});

it.each(names)('knows %s: what it means, who fires it and which fields it has', (name) => {
  const info = systemEvent(name)!;
  expect(info.description).toMatch(/^[A-Z].+\.$/);
  expect(info.firedBy.length).toBeGreaterThan(0);
  const example = exampleEvent(name as SystemEventName);
  expect(example.name).toBe(name);
  const base = 'stepId' in example ? OF_STEPS : 'taskId' in example ? OF_TASKS : OF_EVENTS;
  const all = name.startsWith('workflow.') ? OF_TASKS : base;
  expect(Object.keys(example).sort()).toEqual([...all, ...info.fields].sort());
  expect(JSON.parse(JSON.stringify(example))).toEqual(example);
  expect(Object.isFrozen(example)).toBe(true);
});

it('puts every event under the category that its name begins with', () => {
  for (const { name, category } of SYSTEM_EVENTS) {
    if (category !== 'delivery') expect(name.startsWith(`${category}.`)).toBe(true);
  }
  expect(SYSTEM_EVENTS.filter(({ category }) => category === 'delivery').map(({ name }) => name)).toEqual([
    'subscriber.dead_lettered',
    'webhook.disabled',
  ]);
});
