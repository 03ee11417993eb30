/** The workflows of a run: the shapes one knows, and graphs made of the seed. Every process makes the same ones. */
import { type StepDefinition, type WorkflowDefinition } from 'nestjs-tasker';
import { Random } from './random.js';

export const NAMESPACES = ['chaos_north', 'chaos_south'] as const;
const RANDOM_GRAPHS = 6;

export function workflows(seed: number): WorkflowDefinition[] {
  const random = new Random('workflows', seed);
  const shapes = [chain(8), fan(12), diamond(), ...Array.from({ length: RANDOM_GRAPHS }, () => graph(random))];
  return shapes.map((parents, index) => ({
    name: `chaos_${index + 1}`,
    namespace: NAMESPACES[index % NAMESPACES.length]!,
    schema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    steps: parents.map((dependsOn, position) => step(random, position, dependsOn)),
  }));
}

/** Of each step, the positions of the steps it waits for. */
type Shape = number[][];

function chain(length: number): Shape {
  return Array.from({ length }, (_, position) => (position === 0 ? [] : [position - 1]));
}

/** One, then many side by side, then one that waits for all. */
function fan(width: number): Shape {
  const middle = Array.from({ length: width }, (_, index) => index + 1);
  return [[], ...middle.map(() => [0]), middle];
}

function diamond(): Shape {
  return [[], [0], [0], [1, 2]];
}

function graph(random: Random): Shape {
  return Array.from({ length: random.between(3, 14) }, (_, position) => {
    const wanted = Math.min(position, random.weighted({ '0': 2, '1': 5, '2': 3, '3': 1 }) as unknown as number);
    const parents = new Set<number>();
    while (parents.size < wanted) parents.add(random.between(0, position - 1));
    return [...parents].sort((a, b) => a - b);
  });
}

function step(random: Random, position: number, dependsOn: readonly number[]): StepDefinition {
  return {
    name: nameOf(position),
    handler: random.chance(0.3) ? 'chaos_effect' : 'chaos_work',
    dependsOn: dependsOn.map(nameOf),
    dependentSystem: random.pick(['chaos_bank', 'chaos_shop']),
    retryable: !random.chance(0.05),
    retryLimit: random.between(2, 6),
    skippable: random.chance(0.2),
    ...(random.chance(0.3) && { timeoutSeconds: 0.8 }),
  };
}

function nameOf(position: number): string {
  return `step_${position + 1}`;
}
