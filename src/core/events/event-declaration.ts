import { RESERVED_ROOTS, systemEvent } from './catalogue.js';

/** An event of the application's own. */
export interface EventDeclaration {
  /** Lower-case segments parted by dots, two or more: `order.shipped`. */
  readonly name: string;
  readonly description?: string;
  /** JSON schema that its payload must fit; anything fits without one. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

const NAME = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/;
const MAX_NAME = 128;

/** Why an event of the application cannot have this name; undefined when it can (spec 02 §4.5). */
export function eventNameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return 'the name of an event must be a text';
  if (name.length > MAX_NAME) return `the event "${name.slice(0, 40)}…" has a name longer than ${MAX_NAME} characters`;
  if (!name.includes('.')) return `the event "${name}" needs a namespace before its name, such as "order.${name}"`;
  if (systemEvent(name)) return `the event "${name}" is one of the library's own`;
  const root = name.split('.', 1)[0]!;
  if (RESERVED_ROOTS.includes(root.toLowerCase())) {
    return `the event "${name}" must not begin with "${root}", which is the library's own`;
  }
  if (NAME.test(name)) return undefined;
  return `the event "${name}" must be lower-case letters, digits and _, in words joined by dots`;
}
