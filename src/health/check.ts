/** What one check found. `message` is for everybody to read: no addresses, no driver texts. */
export interface CheckResult {
  readonly status: 'healthy' | 'unhealthy';
  readonly message: string;
  readonly response_time_ms: number;
}

/** Tells that something is fine, in words, or throws. An {@link Unhealthy} says what is wrong; other errors do not. */
export type Check = () => Promise<string> | string;

/** A finding that may be shown to anybody. */
export class Unhealthy extends Error {}

/** Runs a check and gives its verdict after `timeoutMs` at the latest. Never throws. */
export async function runCheck(
  check: Check,
  timeoutMs: number,
  onError: (error: unknown) => void,
): Promise<CheckResult> {
  const start = performance.now();
  const result = (status: CheckResult['status'], message: string): CheckResult => ({
    status,
    message,
    response_time_ms: Math.round((performance.now() - start) * 100) / 100,
  });
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Unhealthy(`did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return result('healthy', await Promise.race([(async () => check())(), timeout]));
  } catch (error) {
    if (error instanceof Unhealthy) return result('unhealthy', error.message);
    onError(error);
    return result('unhealthy', 'failed; the log of the application says why');
  } finally {
    clearTimeout(timer);
  }
}
