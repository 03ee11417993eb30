/** How often each thing was done, and how often there was nobody to do it to. */
export class Count {
  private readonly doneBy = new Map<string, number>();
  private readonly missedBy = new Map<string, number>();

  done(what: string, times = 1): void {
    this.doneBy.set(what, this.of(what) + times);
  }

  missed(what: string): void {
    this.missedBy.set(what, (this.missedBy.get(what) ?? 0) + 1);
  }

  of(what: string): number {
    return this.doneBy.get(what) ?? 0;
  }

  toJSON(): { done: Record<string, number>; missed: Record<string, number> } {
    return { done: sorted(this.doneBy), missed: sorted(this.missedBy) };
  }
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
