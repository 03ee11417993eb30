/** No answer for so long counts as gone. */
const PATIENCE_MS = 1_000;

export interface BackendProbe {
  /** Asks something that needs an answer; while hints do not get through, for a hint that gets through. */
  ask(isLost: boolean): Promise<unknown>;
  lost(why: string): void;
  back(): void;
}

/**
 * Knows whether hints get through. Only answers count: the errors that connections report on their own, also after they
 * have recovered, are a reason to ask.
 */
export class BackendWatch {
  private state: 'unknown' | 'up' | 'lost' = 'unknown';
  private question: Promise<unknown> | undefined;
  private patience: NodeJS.Timeout | undefined;
  private isSuspected = false;
  private lastError = `no answer within ${PATIENCE_MS} ms`;

  constructor(private readonly probe: BackendProbe) {}

  get isLost(): boolean {
    return this.state === 'lost';
  }

  get isUp(): boolean {
    return this.state === 'up';
  }

  /** It is up, and nothing suggests that it will not answer the next time. */
  get isSure(): boolean {
    return this.state === 'up' && !this.isSuspected;
  }

  /** Something went wrong that may mean nothing. */
  suspect(error: unknown): void {
    this.lastError = messageOf(error);
    this.isSuspected = true;
    this.ask();
  }

  succeeded(): void {
    const wasLost = this.isLost;
    this.state = 'up';
    this.isSuspected = false;
    if (wasLost) this.probe.back();
  }

  failed(error: unknown): void {
    const wasLost = this.isLost;
    this.state = 'lost';
    this.lastError = messageOf(error);
    if (!wasLost) this.probe.lost(this.lastError);
  }

  /** Asks, unless a question is open. One that is answered late tells that it is back. */
  ask(): void {
    if (this.question) return;
    const question = this.probe.ask(this.isLost);
    this.question = question;
    this.patience = setTimeout(() => this.failed(this.lastError), PATIENCE_MS);
    this.patience.unref();
    question.then(
      () => this.answered(question, () => this.succeeded()),
      (error: unknown) => this.answered(question, () => this.failed(error)),
    );
  }

  /** Waits for no answer any more: the connections it was asked on are closed. */
  forget(): void {
    clearTimeout(this.patience);
    this.question = undefined;
    if (this.isUp) this.state = 'unknown';
  }

  private answered(question: Promise<unknown>, act: () => void): void {
    if (this.question !== question) return;
    clearTimeout(this.patience);
    this.question = undefined;
    act();
  }
}

function messageOf(error: unknown): string {
  // Trying several addresses gives an error without a message of its own.
  const { message, errors } = (error ?? {}) as { message?: string; errors?: unknown[] };
  return message || (errors?.length ? messageOf(errors[0]) : String(error));
}
