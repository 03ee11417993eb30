import { type RedactionScope } from '../../core/redaction.js';
import { SensitiveData } from '../redaction/sensitive-data.js';
import { type RememberedTask } from '../task-memory.js';

type Scope = Pick<RedactionScope, 'paths' | 'secrets'>;

const NOTHING: Scope = {};
/** Read again when another step has ended since. */
const known = new WeakMap<RememberedTask, { readonly ended: number; readonly scope: Scope }>();

/** What lines about a task must not show: the names its definition calls sensitive, and the values that stand there. */
export function scopeOf(entry: RememberedTask): Scope {
  const data = SensitiveData.of(entry.definition);
  if (data.isEmpty) return NOTHING;
  const found = known.get(entry);
  if (found?.ended === entry.steps.size) return found.scope;
  const results = [...entry.steps].map(
    ([position, { resultsText }]) =>
      [entry.definition.steps[position]!.name, JSON.parse(resultsText ?? 'null') as unknown] as const,
  );
  const secrets = data.valuesOf(JSON.parse(entry.task.contextText), results);
  const scope = { paths: data.anywhere, secrets };
  known.set(entry, { ended: entry.steps.size, scope });
  return scope;
}
