import { type StepDefinition, type WorkflowDefinition } from 'nestjs-tasker';

const schema = { type: 'object', properties: { order: { type: 'integer' }, name: { type: 'string' } } };

function workflow(name: string, steps: StepDefinition[]): WorkflowDefinition {
  return { name, namespace: 'bench', version: '1.0.0', schema, steps };
}

/** One step. */
export const single = workflow('single', [{ name: 'only', handler: 'noop' }]);

/** A chain of `length` steps. */
export function chain(length: number): WorkflowDefinition {
  const steps = Array.from({ length }, (_, i) => ({
    name: `step_${i}`,
    handler: 'noop',
    dependsOn: i === 0 ? [] : [`step_${i - 1}`],
  }));
  return workflow(`chain_${length}`, steps);
}

/** One root, `width` steps after it, and a join of them all. */
export function fan(width: number): WorkflowDefinition {
  const middle = Array.from({ length: width }, (_, i) => `branch_${i}`);
  return workflow(`fan_${width}`, [
    { name: 'root', handler: 'noop' },
    ...middle.map((name) => ({ name, handler: 'noop', dependsOn: ['root'] })),
    { name: 'join', handler: 'noop', dependsOn: middle },
  ]);
}
