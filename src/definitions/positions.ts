import { type Position } from './findings.js';
import { type Path } from './plain-json.js';

type Key = string | number;

/**
 * Remembers where the values of a document stand in its file, beside the plain values themselves. Values may be copied,
 * renamed and merged as long as their positions are carried along.
 */
export class Positions {
  private readonly members = new WeakMap<object, Map<Key, Position>>();
  private readonly containers = new WeakMap<object, Position>();

  /** The position of a member: of its key in a map, of the item in a list. */
  mark(container: object, key: Key, position: Position): void {
    const known = this.members.get(container);
    if (known) known.set(key, position);
    else this.members.set(container, new Map([[key, position]]));
  }

  /** The position of a map or list itself, for what is missing in it. */
  markWhole(container: object, position: Position): void {
    this.containers.set(container, position);
  }

  /** The position of a member, else of what it should stand in. */
  of(container: object, key: Key): Position {
    return this.members.get(container)?.get(key) ?? this.whole(container);
  }

  whole(container: object): Position {
    return this.containers.get(container) ?? {};
  }

  /** Says that a member of `to` is what was a member of `from`. */
  carry(from: object, fromKey: Key, to: object, toKey: Key): void {
    const position = this.members.get(from)?.get(fromKey);
    if (position) this.mark(to, toKey, position);
  }

  carryWhole(from: object, to: object): void {
    const position = this.containers.get(from);
    if (position) this.markWhole(to, position);
  }

  /** The position of the value at the end of the path, or of the last thing on the way that has one. */
  locate(root: object, path: Path): Position {
    let container: unknown = root;
    let { line, column } = this.whole(root);
    let label: string | undefined;
    for (const part of path) {
      if (typeof container !== 'object' || container === null) return { line, column };
      const position = this.members.get(container)?.get(part);
      label = position?.label;
      ({ line, column } = position ?? { line, column });
      container = Object.hasOwn(container, part) ? Reflect.get(container, part) : undefined;
    }
    return { line, column, label };
  }
}
