/** Tells the life of a step in lines, for whoever has to find out what went wrong. */
import { type StepLife, type TaskLife } from './life.js';

export function tellLife(step: StepLife, task: TaskLife): string[] {
  const begin = step.history[0]?.at ?? 0;
  const time = (at: number | null): string => (at === null ? '?' : `${(at - begin).toFixed(1)} ms`);
  const moves = step.history.map((move) => {
    const { at, from, to, attempt, worker, cause, action, errorCode, errorRun } = move;
    const facts = Object.entries({ attempt, worker, cause, action, errorCode, errorRun });
    const known = facts.filter(([, value]) => value !== null).map(([key, value]) => `${key} ${value}`);
    return { at, text: `${time(at)}: ${from ?? 'nothing'} > ${to} (${known.join(', ')})` };
  });
  const runs = step.runs.flatMap(({ runId, attempt, worker, deaf, enteredAt, leftAt, outcome }) => [
    {
      at: enteredAt,
      text: `${time(enteredAt)}: run ${runId} entered, attempt ${attempt}, worker ${worker}${deaf ? ', deaf' : ''}`,
    },
    { at: leftAt ?? Infinity, text: `${time(leftAt)}: run ${runId} ${outcome ?? 'was never seen to end'}` },
  ]);
  return [
    `step ${step.stepId} (${step.name}) of task ${task.taskId} (request ${task.n}, ${task.state}): ${step.state}, ` +
      `${step.attempts} of ${step.retryLimit} attempts, ${step.losses} lost, results of run ${step.resultRun}` +
      `${step.transactional ? `, effects of runs [${step.effects.map(({ runId }) => runId).join(', ')}]` : ''}`,
    ...[...moves, ...runs].sort((a, b) => a.at - b.at).map(({ text }) => `  ${text}`),
  ];
}
