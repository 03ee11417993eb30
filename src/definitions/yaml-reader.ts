import { type DefinitionIssue } from '../core/errors.js';
import { applyOverlay } from './environment-overlay.js';
import { distinctIssues } from './findings.js';
import { isPlainObject } from './plain-json.js';
import { type Positions } from './positions.js';
import { type WorkflowDocument } from './workflow-document.js';
import { Canonicaliser, type Report, type Values } from './yaml-canonical.js';
import { BACKOFF_KEYS, SCHEDULE_KEYS, STEP_KEYS, WORKFLOW_KEYS, type KeyTable } from './yaml-keys.js';
import { readValues } from './yaml-values.js';

/** A workflow of a file under one environment; one variant of each document is the one in force. */
export interface WorkflowVariant {
  readonly document: WorkflowDocument;
  readonly active: boolean;
}

export interface WorkflowFile {
  readonly variants: readonly WorkflowVariant[];
  readonly issues: readonly DefinitionIssue[];
}

/**
 * Reads a definition file: each of its documents under the environment in force, and once more under every other one that
 * it has a section for, so that a slip in `production` shows on the desk where it was made.
 */
export function readWorkflowFile(name: string, text: string, environment: string): WorkflowFile {
  const { documents, issues: unreadable } = readValues(name, text);
  const issues: DefinitionIssue[] = [...unreadable];
  const report: Report = (code, { line, column }, message) => {
    issues.push({ code, message, source: name, ...(line === undefined ? {} : { line, column }) });
  };
  const variants = documents.flatMap(({ root, positions }) => {
    const canonicaliser = new Canonicaliser(positions, report);
    const base = canonicaliser.workflow(root);
    const sections = readSections(base, positions, canonicaliser, report);
    return [...new Set([environment, ...sections.keys()])].map((section) => {
      const overlay = sections.get(section);
      const values = overlay ? applyOverlay(base, overlay, section, positions, report) : base;
      return { document: toDocument(name, values, positions, report), active: section === environment };
    });
  });
  return { variants, issues: distinctIssues(issues) };
}

function readSections(
  base: Values,
  positions: Positions,
  canonicaliser: Canonicaliser,
  report: Report,
): ReadonlyMap<string, Values> {
  const sections = new Map<string, Values>();
  const { environments } = base;
  if (environments === undefined || environments === null) return sections;
  if (!isPlainObject(environments)) {
    report('INVALID_OVERLAY', positions.of(base, 'environments'), 'environments must be a map of environment names');
    return sections;
  }
  for (const [environment, section] of Object.entries(environments)) {
    if (section === null) continue;
    const at = positions.of(environments, environment);
    if (!isPlainObject(section)) {
      report('INVALID_OVERLAY', at, `environments.${environment} must be a map of the keys it changes`);
      continue;
    }
    const overlay = canonicaliser.workflow(section, `environments.${environment}: `);
    if ('environments' in overlay)
      report('INVALID_OVERLAY', at, `environments.${environment} cannot hold environments`);
    sections.set(environment, overlay);
  }
  return sections;
}

function toDocument(name: string, values: Values, positions: Positions, report: Report): WorkflowDocument {
  const workflow = rename(values, WORKFLOW_KEYS, positions);
  if (isPlainObject(values.schedule)) workflow.schedule = rename(values.schedule, SCHEDULE_KEYS, positions);
  if (Array.isArray(values.step_templates)) {
    const given = values.step_templates as unknown[];
    const steps = given.map((step) => (isPlainObject(step) ? toStep(step, positions, report) : step));
    positions.carryWhole(given, steps);
    given.forEach((_, index) => positions.carry(given, index, steps, index));
    workflow.steps = steps;
  }
  const named = values.named_steps;
  return {
    source: { name, locate: (path) => positions.locate(workflow, path) },
    workflow,
    ...(Array.isArray(named) ? { namedSteps: named as string[] } : {}),
  };
}

function toStep(values: Values, positions: Positions, report: Report): Values {
  const step = rename(values, STEP_KEYS, positions);
  if (isPlainObject(values.backoff)) step.backoff = rename(values.backoff, BACKOFF_KEYS, positions);
  const { depends_on_step: one, depends_on_steps: many } = values;
  if (one !== undefined && typeof one !== 'string') {
    report(
      'INVALID_DEFINITION',
      positions.of(values, 'depends_on_step'),
      'depends_on_step must be the name of one step',
    );
  }
  if (many === undefined || Array.isArray(many)) step.dependsOn = unite(values, positions);
  else step.dependsOn = many;
  positions.carry(values, many === undefined ? 'depends_on_step' : 'depends_on_steps', step, 'dependsOn');
  return step;
}

/** `depends_on_step` and `depends_on_steps` together, each name once. */
function unite(values: Values, positions: Positions): unknown[] {
  const { depends_on_step: one, depends_on_steps: many = [] } = values;
  const united: unknown[] = [];
  const add = (from: object, key: string | number, dependency: unknown): void => {
    if (united.includes(dependency)) return;
    positions.carry(from, key, united, united.length);
    united.push(dependency);
  };
  if (typeof one === 'string') add(values, 'depends_on_step', one);
  (many as unknown[]).forEach((dependency, index) => add(many as unknown[], index, dependency));
  return united;
}

function rename(values: Values, { fields }: KeyTable, positions: Positions): Values {
  const renamed: Values = {};
  positions.carryWhole(values, renamed);
  for (const [key, value] of Object.entries(values)) {
    const field = fields[key];
    if (typeof field !== 'string') continue;
    renamed[field] = value;
    positions.carry(values, key, renamed, field);
  }
  return renamed;
}
