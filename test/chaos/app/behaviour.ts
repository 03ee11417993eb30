/** What a handler does in one attempt: the same for the same seed, task, step and attempt. */
import { setTimeout as delay } from 'node:timers/promises';
import { PermanentError, RetryableError, type StepContext } from 'nestjs-tasker';
import { Random } from '../random.js';

export interface Behaviour {
  readonly does: 'return' | 'retryable' | 'retryAfter' | 'error' | 'nonError' | 'permanent' | 'hang' | 'badResult';
  readonly ms: number;
  /** It does not listen to its signal: the engine gives it up, and it runs on. */
  readonly deaf: boolean;
  /** When it writes its effect, if it has one. */
  readonly writes: 'before' | 'after';
}

/** Longer than any step may take, and not for ever, so that a deaf one ends before its process shall. */
const HANG_MS = 2_500;

export function behaviourOf(seed: number, { task, step, attempt }: StepContext): Behaviour {
  const { n } = task.context as { n: number };
  const random = new Random('behaviour', seed, n, step.name, attempt);
  const does = random.weighted<Behaviour['does']>({
    return: 86, retryable: 4, retryAfter: 1, error: 3, nonError: 2, permanent: 1, hang: 1.5, badResult: 0.5,
  }); // prettier-ignore
  const pace = random.weighted({ quick: 80, slow: 18, long: 2 });
  const ms = pace === 'quick' ? random.between(0, 30) : pace === 'slow' ? random.between(100, 600) : 1_500;
  return {
    does,
    ms: does === 'hang' ? HANG_MS : ms,
    deaf: random.chance(does === 'hang' ? 0.3 : 0.05),
    writes: random.pick(['before', 'after']),
  };
}

/** Takes its time, then returns or throws as decided. What it says names the run, so that one sees whose word counted. */
export async function act(behaviour: Behaviour, run: number, signal: AbortSignal): Promise<unknown> {
  await delay(behaviour.ms, undefined, behaviour.deaf ? {} : { signal });
  switch (behaviour.does) {
    case 'retryable':
      throw new RetryableError('the other side is busy', { context: { run } });
    case 'retryAfter':
      throw new RetryableError('come back later', { retryAfter: 0.3, context: { run } });
    case 'permanent':
      throw new PermanentError('this can never work', { context: { run } });
    case 'error':
      throw new Error('something went wrong');
    case 'nonError':
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- some handlers do
      throw [undefined, null, 'a word', 42, { run }][run % 5];
    case 'badResult':
      return { run, count: 1n };
    default:
      return { run };
  }
}
