/** What one statement committed, to be handed in when its answer is there. */
export interface CommitTicket<T extends { readonly taskId: number | null; readonly at: Date }> {
  /** With what was committed; with nothing when it failed. Closing it again does nothing. */
  close(changes: readonly T[]): void;
}

/** A statement that is under way. */
class Open {
  private set: ReadonlySet<number> | undefined;

  /** @param tasks undefined: any */
  constructor(private readonly tasks: Iterable<number> | undefined) {}

  /** Whether it may move one of the tasks of these changes. Mostly never asked, hence the late set. */
  mayMove(changes: readonly { readonly taskId: number | null }[]): boolean {
    if (!this.tasks) return true;
    const set = (this.set ??= new Set(this.tasks));
    return changes.some(({ taskId }) => taskId !== null && set.has(taskId));
  }
}

interface Held<T> {
  readonly tasks: ReadonlySet<number>;
  readonly at: number;
  readonly isEnd: boolean;
  readonly changes: readonly T[];
  readonly waitsFor: Set<Open>;
}

/**
 * Brings answers into the order of their commits. Statements about one task commit one after the other, but over several
 * connections their answers may overtake each other. So an answer waits for those statements that were under way when it
 * came and may be about the same task; and what waited goes by the instant that the database gave it.
 */
export class CommitOrder<T extends { readonly taskId: number | null; readonly at: Date }> {
  private readonly underWay = new Set<Open>();
  private held: Held<T>[] = [];

  /**
   * @param pass gets the changes in order
   * @param endsTask instants are whole milliseconds: of answers with the same one, the one that ends the task goes last
   */
  constructor(
    private readonly pass: (changes: readonly T[]) => void,
    private readonly endsTask: (change: T) => boolean = () => false,
  ) {}

  /** @param tasks the tasks the statement may move; undefined when only its answer tells */
  open(tasks?: Iterable<number>): CommitTicket<T> {
    const open = new Open(tasks);
    this.underWay.add(open);
    return {
      close: (changes) => {
        if (!this.underWay.delete(open)) return;
        for (const held of this.held) held.waitsFor.delete(open);
        this.add(changes);
      },
    };
  }

  /** Takes what has been committed already. */
  add(changes: readonly T[]): void {
    if (this.held.length === 0 && (changes.length === 0 || this.underWay.size === 0)) {
      if (changes.length > 0) this.pass(changes);
      return;
    }
    if (changes.length > 0) this.hold(changes);
    this.release();
  }

  private hold(changes: readonly T[]): void {
    const waitsFor = new Set<Open>();
    for (const open of this.underWay) if (open.mayMove(changes)) waitsFor.add(open);
    if (waitsFor.size === 0 && this.held.length === 0) return this.pass(changes);
    const tasks = new Set<number>();
    for (const { taskId } of changes) if (taskId !== null) tasks.add(taskId);
    const isEnd = changes.some(this.endsTask);
    this.held.push({ tasks, at: changes[0]!.at.getTime(), isEnd, changes, waitsFor });
  }

  private release(): void {
    if (this.held.length === 0) return;
    const sorted = this.held.toSorted((a, b) => a.at - b.at || Number(a.isEnd) - Number(b.isEnd));
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
