interface Entry {
  readonly id: number;
  isDone: boolean;
}

/** Entries that are done are dropped in bulk: one by one would move all the others each time. */
const DROP = 1_000;

/**
 * Events that were read and are not all done. Tells how far everything is done, which is where the cursor may stand:
 * events are done in any order, the cursor moves in the stream's.
 */
export class StreamWindow {
  private readonly entries: Entry[] = [];
  /** Those before are done. */
  private first = 0;
  private open = 0;

  /** @param read the stream was read up to here */
  constructor(private read: number) {}

  /** Events that were read and are not done. */
  get size(): number {
    return this.open;
  }

  /** Events from the first that is not done on. */
  get span(): number {
    return this.entries.length - this.first;
  }

  get readUpTo(): number {
    return this.read;
  }

  /** Up to which id nothing is left to do. */
  get doneUpTo(): number {
    const entry = this.entries[this.first];
    return entry ? entry.id - 1 : this.read;
  }

  /** Notes events that were read, by id, and how far that went. Returns for each how to say that it is done. */
  add(ids: readonly number[], upTo: number): (() => void)[] {
    this.read = Math.max(this.read, upTo);
    return ids.map((id) => {
      const entry: Entry = { id, isDone: false };
      this.entries.push(entry);
      this.open++;
      return () => this.done(entry);
    });
  }

  private done(entry: Entry): void {
    if (entry.isDone) return;
    entry.isDone = true;
    this.open--;
    while (this.entries[this.first]?.isDone) this.first++;
    if (this.first < DROP && this.first < this.entries.length) return;
    this.entries.splice(0, this.first);
    this.first = 0;
  }
}
