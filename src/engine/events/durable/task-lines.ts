import { type LineId } from '../../../persistence/event-delivery-store.js';

/** Closes a line: gets those that stand behind the one that was worked on. They are not worked on here. */
export type CloseLine<T> = (rest: readonly T[]) => void;

interface Line<T> {
  readonly id: LineId;
  readonly waiting: T[];
}

/**
 * Events stand in lines, one per task: those of a line are worked on one after the other, and a number of lines at once,
 * in turns, so that a long line keeps no other from moving.
 */
export class TaskLines<T> {
  private readonly lines = new Map<LineId, Line<T>>();
  private readonly ready: Line<T>[] = [];
  private running = 0;
  private held = false;

  /** @param work does one, and never rejects; when it gives a function, its line ends here and is handed to that */
  constructor(
    private readonly concurrency: number,
    private readonly work: (item: T) => Promise<CloseLine<T> | undefined>,
  ) {}

  /** Of lines in which somebody is worked on or waits. */
  ids(): LineId[] {
    return [...this.lines.keys()];
  }

  get runningCount(): number {
    return this.running;
  }

  /** How many more lines could be worked on at once. */
  get free(): number {
    return Math.max(0, this.concurrency - this.lines.size);
  }

  add(id: LineId, item: T): void {
    const line = this.lines.get(id);
    if (line) return void line.waiting.push(item);
    const made: Line<T> = { id, waiting: [item] };
    this.lines.set(id, made);
    this.ready.push(made);
  }

  /** Begins with as many as may be worked on at once. */
  go(): void {
    while (!this.held && this.running < this.concurrency) {
      const line = this.ready.shift();
      if (!line) return;
      void this.run(line);
    }
  }

  /** Lets those that are worked on finish, and begins no other until it is let go on. */
  hold(isHeld: boolean): void {
    this.held = isHeld;
    this.go();
  }

  private async run(line: Line<T>): Promise<void> {
    this.running++;
    const close = await this.work(line.waiting.shift()!);
    this.running--;
    if (close) {
      this.lines.delete(line.id);
      close(line.waiting);
    } else if (line.waiting.length > 0) this.ready.push(line);
    else this.lines.delete(line.id);
    this.go();
  }
}
