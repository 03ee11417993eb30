/** What one statement committed, to be handed in when its answer is there. */
export interface CommitTicket<T extends { readonly taskId: number | null; readonly at: Date }> {
  /** With what was committed; with nothing when it failed. */
  close(changes: readonly T[]): void;
}

interface Open {
  /** Undefined: any. */
  readonly tasks: ReadonlySet<number> | undefined;
}

interface Held<T> {
  readonly tasks: ReadonlySet<number>;
  readonly at: number;
  readonly changes: readonly T[];
  readonly waitsFor: Set<Open>;
}

/**
 * Brings answers into the order of their commits. Statements about one task commit one after the other, but over several
 * connections their answers may overtake each other. So an answer waits for those statements that were under way when it
 * came and may be about the same task; and what waited goes by the instant that the database gave it.
 */
export class CommitOrder<T extends { readonly taskId: number | null; readonly at: Date }> {
  private readonly open_ = new Set<Open>();
  private held: Held<T>[] = [];

  /** @param pass gets the changes in order */
  constructor(private readonly pass: (changes: readonly T[]) => void) {}

  /** @param taskIds the tasks the statement may move; undefined when only its answer tells */
  open(taskIds?: Iterable<number>): CommitTicket<T> {
    const open: Open = { tasks: taskIds && new Set(taskIds) };
    this.open_.add(open);
    return { close: (changes) => this.close(open, changes) };
  }

  private close(open: Open, changes: readonly T[]): void {
    if (!this.open_.delete(open)) return;
    if (changes.length > 0) this.hold(changes);
    for (const held of this.held) held.waitsFor.delete(open);
    if (this.held.length > 0) this.release();
  }

  private hold(changes: readonly T[]): void {
    const tasks = new Set<number>();
    for (const { taskId } of changes) if (taskId !== null) tasks.add(taskId);
    const waitsFor = new Set([...this.open_].filter((other) => !other.tasks || meet(other.tasks, tasks)));
    if (waitsFor.size === 0 && this.held.length === 0) return this.pass(changes);
    this.held.push({ tasks, at: changes[0]!.at.getTime(), changes, waitsFor });
  }

  private release(): void {
    const sorted = this.held.toSorted((a, b) => a.at - b.at);
    this.held = [];
    for (const one of sorted) {
      const isFree = one.waitsFor.size === 0 && !this.held.some((earlier) => meet(earlier.tasks, one.tasks));
      if (isFree) this.pass(one.changes);
      else this.held.push(one);
    }
  }
}

function meet(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const id of small) if (large.has(id)) return true;
  return false;
}
