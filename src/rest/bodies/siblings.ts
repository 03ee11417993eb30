import { type StepRecord } from '../../core/records.js';

/** Tells the siblings of each step of a task: the others with exactly the same parents, by id, each once. */
export function siblings(steps: readonly StepRecord[]): (step: StepRecord) => readonly number[] {
  const families = new Map<string, number[]>();
  for (const step of steps) {
    const key = familyOf(step);
    if (key === '') continue;
    const family = families.get(key);
    if (family) family.push(step.stepId);
    else families.set(key, [step.stepId]);
  }
  for (const family of families.values()) family.sort((a, b) => a - b);
  return (step) => (families.get(familyOf(step)) ?? []).filter((id) => id !== step.stepId);
}

/** Steps without parents belong to no family. */
function familyOf(step: StepRecord): string {
  return [...new Set(step.parentIds)].sort((a, b) => a - b).join(',');
}
