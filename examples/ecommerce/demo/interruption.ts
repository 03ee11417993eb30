import { constants } from 'node:os';
import { whenNpmIsGone } from './lineage.js';

/** A second Ctrl-C counts only after this: npm hands on the first one, which the terminal has sent already. */
const ECHO_MS = 500;

/**
 * Somebody wants the demo to end. The first signal aborts `signal`, so that everything is closed in good order; a second
 * one ends the process at once (the embedded database clears up after itself even then).
 */
export class Interruption {
  private readonly controller = new AbortController();
  private at = 0;
  private cause: NodeJS.Signals | undefined;

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => this.receive(name));
    // Whoever read the output has gone (`| head`, a closed terminal).
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => this.receive('SIGHUP'));
    whenNpmIsGone(() => this.receive('SIGHUP'), process.env);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** As a shell reports it; undefined while nobody has interrupted. */
  get exitCode(): number | undefined {
    return this.cause && 128 + constants.signals[this.cause];
  }

  private receive(name: NodeJS.Signals): void {
    const now = performance.now();
    if (this.cause === undefined) {
      this.at = now;
      this.cause = name;
      this.controller.abort();
    } else if (now - this.at > ECHO_MS) process.exit(this.exitCode);
  }
}
