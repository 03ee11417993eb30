/** One failure, in the words of Sentry's `captureEvent`. */
export interface TrackedError {
  readonly level: 'warning' | 'error';
  readonly message: string;
  readonly fingerprint: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Where failures go, e.g. `capture(error) { Sentry.captureEvent({ ...error }) }`. */
export abstract class ErrorTracker {
  abstract capture(error: TrackedError): void;
}

/** Groups them as such a service does, for tests and for trying it out. */
export class InMemoryErrorTracker extends ErrorTracker {
  readonly issues = new Map<string, TrackedError[]>();

  capture(error: TrackedError): void {
    const key = error.fingerprint.join('/');
    this.issues.set(key, [...(this.issues.get(key) ?? []), error]);
  }
}
