import { type Sleeper } from '../../../src/engine/wakeup/wakeup.js';

/** Stands for the worker of a process: counts how often it was woken. */
export class RecordingSleeper implements Sleeper {
  looks = 0;
  isFull = false;

  constructor(public known: readonly string[]) {}

  look(): void {
    this.looks++;
  }

  hasRoom(): boolean {
    return !this.isFull;
  }

  namespaces(): readonly string[] {
    return this.known;
  }
}
