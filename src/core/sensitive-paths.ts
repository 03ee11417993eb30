/**
 * Places inside a JSON value, written as `payment.card_number`, `items[].iban`, `*.ssn` or `**.pin`.
 *
 * - `*` stands for any one member, `**` for any depth, `["a.b"]` for a member whose name is no word.
 * - Lists are looked through: `items.iban` means the same as `items[].iban`. Where a value is a list today and was a single
 *   object yesterday, both are covered.
 */
const ANY = Symbol('*');
const DEEP = Symbol('**');

type Segment = string | typeof ANY | typeof DEEP;

export const MAX_SENSITIVE_PATH = 255;
export const MAX_SENSITIVE_PATHS = 100;

/** How far the walk of a value has come along each path that may still lead somewhere. */
export type PathState = readonly (readonly [path: readonly Segment[], position: number])[];

const NOWHERE: PathState = [];

export class SensitivePaths {
  static readonly NONE = new SensitivePaths([]);

  private constructor(private readonly paths: readonly (readonly Segment[])[]) {}

  /** A path that cannot be read stands for everything: what was meant to be hidden is not shown by a slip. */
  static of(paths: readonly string[]): SensitivePaths {
    if (paths.length === 0) return SensitivePaths.NONE;
    return new SensitivePaths(
      paths.map((path) => {
        const read = readPath(path);
        return 'segments' in read ? read.segments : [ANY];
      }),
    );
  }

  get isEmpty(): boolean {
    return this.paths.length === 0;
  }

  get start(): PathState {
    return this.paths.length === 0 ? NOWHERE : this.paths.map((path) => [path, 0] as const);
  }

  /**
   * The same for values of unknown shape, such as the fields of a log line: the last names of each path, wherever they
   * stand. `payment.card_number` covers every `card_number`, `payment.*` all that is in any `payment`.
   */
  get anywhere(): SensitivePaths {
    const ends = this.paths.map((path): readonly Segment[] => {
      const lastName = path.findLastIndex((segment) => typeof segment === 'string');
      return lastName < 0 ? path : [DEEP, ...path.slice(lastName)];
    });
    return ends.length === 0 ? SensitivePaths.NONE : new SensitivePaths(ends);
  }

  with(other: SensitivePaths): SensitivePaths {
    if (other.isEmpty) return this;
    return this.isEmpty ? other : new SensitivePaths([...this.paths, ...other.paths]);
  }
}

/** Goes on to a member. `hit`: the member is what a path stands for. */
export function enterMember(state: PathState, key: string): { readonly hit: boolean; readonly state: PathState } {
  if (state.length === 0) return { hit: false, state };
  const next: (readonly [readonly Segment[], number])[] = [];
  let hit = false;
  for (const [path, position] of state) {
    let at = position;
    if (path[at] === DEEP) {
      next.push([path, at]);
      at++;
    }
    const segment = path[at];
    if (segment !== ANY && segment !== key) continue;
    if (at + 1 === path.length) hit = true;
    else next.push([path, at + 1]);
  }
  return { hit, state: next };
}

/** Goes on to an item of a list, which is looked through, or meant by its index or by `*`. */
export function enterItem(state: PathState, index: number): { readonly hit: boolean; readonly state: PathState } {
  if (state.length === 0) return { hit: false, state };
  const entered = enterMember(state, String(index));
  return { hit: entered.hit, state: [...state, ...entered.state.filter((active) => !state.includes(active))] };
}

/** The parts of a path for whoever looks them up elsewhere: names, `null` for `*`; undefined behind a `**`. */
export function namesOf(path: string): readonly (string | null)[] | undefined {
  const read = readPath(path);
  if (!('segments' in read) || read.segments.includes(DEEP)) return undefined;
  return read.segments.map((segment) => (typeof segment === 'string' ? segment : null));
}

/** What keeps a path from being read, as the end of a sentence; undefined when nothing does. */
export function pathFlaw(path: string): string | undefined {
  const read = readPath(path);
  return 'flaw' in read ? read.flaw : undefined;
}

const PART = /(\*\*|\*|[^.[\]*"'\s\p{Cc}]+)/uy;
const INDEX = /\[(\d*)\]/y;
const QUOTED = /\["((?:[^"\\]|\\.)*)"\]/y;

function readPath(path: string): { readonly segments: readonly Segment[] } | { readonly flaw: string } {
  if (path.trim() === '') return { flaw: 'is empty' };
  if (path.length > MAX_SENSITIVE_PATH) return { flaw: `has more than ${MAX_SENSITIVE_PATH} characters` };
  const segments: Segment[] = [];
  let at = path.startsWith('$.') ? 2 : 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(path);
    if (found) at = pattern.lastIndex;
    return found?.[1];
  };
  let wantsPart = true;
  while (at < path.length) {
    const index = take(INDEX);
    if (index !== undefined) {
      if (segments.length === 0 && index === '') return { flaw: 'begins with []; name the list, or write *' };
      if (index !== '') segments.push(index);
      wantsPart = false;
      continue;
    }
    const quoted = take(QUOTED);
    const part = quoted === undefined && wantsPart ? take(PART) : undefined;
    if (quoted !== undefined) {
      const name = unquote(quoted);
      if (name === undefined) return { flaw: `has a name that cannot be read at ${at - quoted.length - 1}` };
      segments.push(name);
    } else if (part !== undefined) segments.push(part === '**' ? DEEP : part === '*' ? ANY : part);
    else if (!wantsPart && path[at] === '.') {
      at++;
      wantsPart = true;
      continue;
    } else {
      return {
        flaw: `cannot be read from "${path.slice(at, at + 20)}" on; write it as payment.card_number or items[].iban`,
      };
    }
    wantsPart = false;
  }
  if (wantsPart) return { flaw: 'ends with a dot' };
  if (segments.at(-1) === DEEP) return { flaw: 'ends with **; say what is sensitive below it' };
  if (segments.some((segment, i) => segment === DEEP && segments[i + 1] === DEEP))
    return { flaw: 'has ** twice in a row' };
  return { segments };
}

function unquote(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}
