import { didYouMean } from '../core/nearest-name.js';
import { isPlainObject } from './plain-json.js';
import { type Positions } from './positions.js';
import { type Report, type Values } from './yaml-canonical.js';

/**
 * Lays one section of `environments` over a document and returns the result; neither is changed.
 *
 * - Maps merge, at every depth; anything else is replaced, lists as a whole.
 * - `step_templates` merge by name: a step of the section changes the step of that name and keeps its place. A section can
 *   neither add nor remove steps.
 * - `null` deletes the key.
 */
export function applyOverlay(
  base: Values,
  overlay: Values,
  environment: string,
  positions: Positions,
  report: Report,
): Values {
  const { step_templates: changes, ...rest } = overlay;
  for (const key of Object.keys(rest)) positions.carry(overlay, key, rest, key);
  const merged = mergeMaps(base, rest, positions);
  if (changes === undefined) return merged;

  const at = positions.of(overlay, 'step_templates');
  const refuse = (message: string): Values => {
    report('INVALID_OVERLAY', at, `environments.${environment}.step_templates ${message}`);
    return merged;
  };
  const steps = base.step_templates;
  if (!Array.isArray(changes)) return refuse('must be a list of steps');
  if (!Array.isArray(steps)) return refuse('changes steps, but the document has none');
  merged.step_templates = mergeSteps(steps, changes, environment, positions, report);
  return merged;
}

function mergeSteps(
  steps: readonly unknown[],
  changes: readonly unknown[],
  environment: string,
  positions: Positions,
  report: Report,
): unknown[] {
  const names = steps.map((step) => (isPlainObject(step) ? step.name : undefined));
  const merged = [...steps];
  positions.carryWhole(steps, merged);
  steps.forEach((_, index) => positions.carry(steps, index, merged, index));
  const seen = new Set<string>();
  changes.forEach((change, index) => {
    const at = positions.of(changes, index);
    const where = `environments.${environment}: `;
    if (!isPlainObject(change) || typeof change.name !== 'string') {
      return report('INVALID_OVERLAY', at, `${where}a step must be a map with the name of the step it changes`);
    }
    const { name } = change;
    if (seen.has(name)) return report('DUPLICATE_STEP', at, `${where}step "${name}" is changed twice`);
    seen.add(name);
    const position = names.indexOf(name);
    if (position < 0) {
      const known = names.filter((known) => typeof known === 'string');
      const message = `${where}there is no step "${name}" to change.${didYouMean(name, known)}`;
      return report('UNKNOWN_OVERLAY_STEP', at, message);
    }
    merged[position] = mergeMaps(steps[position] as Values, change, positions);
  });
  return merged;
}

function mergeMaps(base: Values, overlay: Values, positions: Positions): Values {
  const merged: Values = {};
  positions.carryWhole(base, merged);
  for (const key of new Set([...Object.keys(base), ...Object.keys(overlay)])) {
    const changed = Object.hasOwn(overlay, key);
    if (changed && overlay[key] === null) continue;
    merged[key] = changed ? mergeValues(base[key], overlay[key], positions) : base[key];
    positions.carry(changed ? overlay : base, key, merged, key);
  }
  return merged;
}

/** A map that replaces something else is merged into nothing, so that its nulls are gone too. */
function mergeValues(under: unknown, over: unknown, positions: Positions): unknown {
  if (!isPlainObject(over)) return over;
  if (isPlainObject(under)) return mergeMaps(under, over, positions);
  const merged = mergeMaps({}, over, positions);
  positions.carryWhole(over, merged);
  return merged;
}
