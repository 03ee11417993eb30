import semver from 'semver';
import { type Definition, type PositionedStep } from '../../definitions/definition.js';
import { type StepHandlerRegistry } from '../../definitions/step-handler-registry.js';
import { type JsonSchema } from '../../definitions/task-template.js';

export interface NamespaceBody {
  readonly name: string;
  /** Workflows, whatever versions they have. */
  readonly handler_count: number;
}

export interface HandlerSummaryBody {
  readonly name: string;
  readonly namespace: string;
  /** Oldest first. */
  readonly versions: readonly string[];
  readonly latest_version: string;
  /** How many versions there are. */
  readonly handler_count: number;
}

export interface StepTemplateBody {
  readonly name: string;
  readonly description: string;
  readonly dependent_system: string;
  readonly depends_on_steps: readonly string[];
  /** The token that the definition names. */
  readonly handler: string;
  /** The class that runs it in this process; null when none does. */
  readonly handler_class: string | null;
  readonly default_retryable: boolean;
  readonly default_retry_limit: number;
  readonly timeout_seconds: number | null;
  readonly skippable: boolean;
  readonly custom_events: readonly string[];
}

export interface HandlerBody {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly full_name: string;
  readonly description: string;
  /** True when this process has a handler for every step. */
  readonly available: boolean;
  readonly versions: readonly string[];
  readonly step_templates: readonly StepTemplateBody[];
  readonly dependency_graph: {
    readonly nodes: readonly { readonly id: string; readonly name: string; readonly type: 'step' }[];
    readonly edges: readonly { readonly from: string; readonly to: string; readonly type: 'dependency' }[];
    /** Every step after those it depends on. */
    readonly execution_order: readonly string[];
  };
  /** What the context must fit; null means anything. */
  readonly context_schema: JsonSchema | null;
  readonly dependent_systems: readonly string[];
  readonly schedule: { readonly cron: string; readonly time_zone: string; readonly enabled: boolean } | null;
}

export function namespaceBodies(definitions: readonly Definition[]): NamespaceBody[] {
  const names = new Map<string, Set<string>>();
  for (const { namespace, name } of definitions) {
    names.set(namespace, (names.get(namespace) ?? new Set()).add(name));
  }
  return [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, set]) => ({ name, handler_count: set.size }));
}

/** @param definitions of one namespace */
export function handlerSummaries(definitions: readonly Definition[]): HandlerSummaryBody[] {
  const byName = new Map<string, Definition[]>();
  for (const definition of definitions) {
    byName.set(definition.name, [...(byName.get(definition.name) ?? []), definition]);
  }
  return [...byName].map(([name, list]) => {
    const versions = versionsOf(list);
    const latest_version = versions.filter((version) => !semver.prerelease(version)).at(-1) ?? versions.at(-1)!;
    return { name, namespace: list[0]!.namespace, versions, latest_version, handler_count: versions.length };
  });
}

/** @param siblings every version of it */
export function handlerBody(
  definition: Definition,
  siblings: readonly Definition[],
  handlers: StepHandlerRegistry,
): HandlerBody {
  const { steps, template } = definition;
  const templates = steps.map((step) => stepTemplate(step, handlers));
  const { schedule } = template;
  return {
    name: definition.name,
    namespace: definition.namespace,
    version: definition.version,
    full_name: definition.fullName,
    description: template.description,
    available: templates.every(({ handler_class }) => handler_class !== null),
    versions: versionsOf(siblings),
    step_templates: templates,
    dependency_graph: {
      nodes: steps.map(({ name }) => ({ id: name, name, type: 'step' })),
      edges: steps.flatMap(({ name, dependsOn }) =>
        dependsOn.map((from) => ({ from, to: name, type: 'dependency' as const })),
      ),
      execution_order: executionOrder(steps),
    },
    context_schema: template.schema,
    dependent_systems: [...new Set(steps.map(({ dependentSystem }) => dependentSystem))].sort(),
    schedule: schedule && { cron: schedule.cron, time_zone: schedule.timeZone, enabled: schedule.enabled },
  };
}

/** Its configuration is left out: it may name addresses and secrets, and is for its handler alone. */
function stepTemplate(step: PositionedStep, handlers: StepHandlerRegistry): StepTemplateBody {
  return {
    name: step.name,
    description: step.description,
    dependent_system: step.dependentSystem,
    depends_on_steps: step.dependsOn,
    handler: step.handler,
    handler_class: handlers.find(step.handler)?.className ?? null,
    default_retryable: step.retryable,
    default_retry_limit: step.retryLimit,
    timeout_seconds: step.timeoutSeconds,
    skippable: step.skippable,
    custom_events: (step.customEvents ?? []).map(({ name }) => name),
  };
}

function versionsOf(definitions: readonly Definition[]): string[] {
  return definitions.map(({ version }) => version).sort(semver.compareBuild);
}

function executionOrder(steps: readonly PositionedStep[]): string[] {
  const open = new Map(steps.map(({ name, dependsOn }) => [name, dependsOn.length]));
  const children = new Map<string, string[]>(steps.map(({ name }) => [name, []]));
  for (const { name, dependsOn } of steps) for (const parent of dependsOn) children.get(parent)!.push(name);
  const order = steps.filter(({ dependsOn }) => dependsOn.length === 0).map(({ name }) => name);
  // The list grows while it is walked.
  for (const name of order) {
    for (const child of children.get(name)!) {
      const left = open.get(child)! - 1;
      open.set(child, left);
      if (left === 0) order.push(child);
    }
  }
  return order;
}
