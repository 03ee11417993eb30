import { type StepChange, type TaskChange } from '../../../core/events/change.js';
import { eventNamesOf } from '../../../core/events/lifecycle-events.js';
import { matchesPattern } from '../../../core/events/patterns.js';
import { STEP_STATES, TASK_STATES } from '../../../core/states.js';
import { type StreamSources } from '../../../persistence/event-stream-store.js';

/** Roots of names that only moves have; what is stored has others. */
const OF_MOVES = new Set(['task', 'step', 'workflow', 'observability']);

/** What a row of a history says beside its states decides which events a failure is; any of these may be there. */
const METADATA = [
  {},
  { next_retry_at: '2030-01-01T00:00:00Z' },
  { next_retry_at: 'infinity' },
  { error: { permanent: true } },
];

/** Which rows of the database the events that fit these patterns are made of. */
export function sourcesOf(patterns: readonly string[]): StreamSources {
  const base = { taskId: 0, sortKey: 0, at: new Date(0) };
  const taskMoves = moves(TASK_STATES, (from, to) =>
    METADATA.map((metadata): TaskChange => ({ kind: 'task', ...base, from, to, metadata })),
  );
  const stepMoves = moves(STEP_STATES, (from, to) =>
    METADATA.map((metadata): StepChange => ({ kind: 'step', ...base, stepId: 0, position: 0, from, to, metadata })),
  );
  return {
    taskMoves: fitting(taskMoves, patterns),
    stepMoves: fitting(stepMoves, patterns),
    eventRoots: roots(patterns),
  };
}

type Moves = ReadonlyMap<string, readonly string[]>;

/** Every pair of states, as `from>to`, with the events that it may stand for. */
function moves<State extends string>(
  states: readonly State[],
  changes: (from: State | null, to: State) => readonly (TaskChange | StepChange)[],
): Moves {
  const all = new Map<string, readonly string[]>();
  for (const from of [null, ...states]) {
    for (const to of states) all.set(`${from ?? ''}>${to}`, changes(from, to).flatMap(eventNamesOf));
  }
  return all;
}

function fitting(all: Moves, patterns: readonly string[]): string[] | null {
  const fit = [...all]
    .filter(([, names]) => names.some((name) => patterns.some((pattern) => matchesPattern(pattern, name))))
    .map(([move]) => move);
  return fit.length > 0 ? fit : null;
}

function roots(patterns: readonly string[]): StreamSources['eventRoots'] {
  const first = [...new Set(patterns.map((pattern) => pattern.split('.', 1)[0]!))].filter(
    (root) => !OF_MOVES.has(root),
  );
  if (first.some((root) => root.includes('*'))) return 'all';
  return first.length > 0 ? first : null;
}
