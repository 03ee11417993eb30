import { didYouMean } from '../core/nearest-name.js';
import { type Position } from './findings.js';
import { isPlainObject } from './plain-json.js';
import { type Positions } from './positions.js';
import {
  BACKOFF_KEYS,
  EVENT_KEYS,
  SCHEDULE_KEYS,
  STEP_KEYS,
  WORKFLOW_KEYS,
  writableKeys,
  type KeyTable,
} from './yaml-keys.js';

export type Values = Record<string, unknown>;
export type Report = (code: string, position: Position, message: string) => void;

/** First words of event names that are the library's own. */
const RESERVED_EVENTS = ['task', 'step', 'workflow', 'observability', 'test'];

/**
 * Brings a document, or a section of `environments`, to one spelling: aliases become their key, ignored keys go, unknown
 * ones are reported. Values of the wrong type are left as they are for the template builder to report.
 */
export class Canonicaliser {
  constructor(
    private readonly positions: Positions,
    private readonly report: Report,
  ) {}

  workflow(given: Values, where = ''): Values {
    const values = this.keys(given, WORKFLOW_KEYS, where);
    this.checkEvents(values, where);
    this.checkNamedSteps(values);
    if (isPlainObject(values.schedule)) {
      values.schedule = this.keys(values.schedule, SCHEDULE_KEYS, `${where}schedule: `);
    }
    if (Array.isArray(values.step_templates)) values.step_templates = this.steps(values.step_templates);
    return values;
  }

  private steps(given: readonly unknown[]): unknown[] {
    const steps = given.map((step) => (isPlainObject(step) ? this.step(step) : step));
    this.positions.carryWhole(given, steps);
    given.forEach((_, index) => this.positions.carry(given, index, steps, index));
    return steps;
  }

  private step(given: Values): Values {
    const where = typeof given.name === 'string' ? `step "${given.name}": ` : 'a step: ';
    const values = this.keys(given, STEP_KEYS, where);
    this.checkEvents(values, where);
    if (isPlainObject(values.backoff)) values.backoff = this.keys(values.backoff, BACKOFF_KEYS, `${where}backoff: `);
    return values;
  }

  private keys(given: Values, table: KeyTable, where: string): Values {
    const values: Values = {};
    this.positions.carryWhole(given, values);
    for (const [written, value] of Object.entries(given)) {
      if (table.ignored.includes(written)) continue;
      const key = Object.hasOwn(table.aliases, written) ? table.aliases[written]! : written;
      const position = this.positions.of(given, written);
      if (!Object.hasOwn(table.fields, key)) {
        this.report('INVALID_DEFINITION', position, `${where}unknown key "${written}".${suggestion(written, table)}`);
      } else if (Object.hasOwn(values, key)) {
        const other = this.positions.of(values, key).label ?? key;
        this.report('INVALID_DEFINITION', position, `${where}"${written}" and "${other}" mean the same; keep one`);
      } else {
        values[key] = value;
        this.positions.carry(given, written, values, key);
      }
    }
    return values;
  }

  private checkEvents(values: Values, where: string): void {
    const events = values.custom_events;
    if (events === undefined || events === null) return;
    if (!Array.isArray(events)) {
      const message = `${where}custom_events must be a list of { name, description }`;
      return this.report('INVALID_CUSTOM_EVENT', this.positions.of(values, 'custom_events'), message);
    }
    events.forEach((event: unknown, index) => {
      const position = this.positions.of(events, index);
      if (!isPlainObject(event)) {
        return this.report('INVALID_CUSTOM_EVENT', position, `${where}a custom event is { name, description }`);
      }
      const { name, description } = this.keys(event, EVENT_KEYS, `${where}custom event: `);
      const flaw = eventNameFlaw(name);
      if (flaw) this.report('INVALID_CUSTOM_EVENT', position, `${where}the name of a custom event ${flaw}`);
      if (description !== undefined && typeof description !== 'string') {
        this.report('INVALID_CUSTOM_EVENT', position, `${where}the description of a custom event must be a string`);
      }
    });
  }

  private checkNamedSteps(values: Values): void {
    const { named_steps: named } = values;
    if (named === undefined || named === null) return;
    if (Array.isArray(named) && named.every((name) => typeof name === 'string')) return;
    const position = this.positions.of(values, 'named_steps');
    this.report('INVALID_DEFINITION', position, 'named_steps must be a list of step names');
    delete values.named_steps;
  }
}

function eventNameFlaw(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return 'is missing or no string';
  if (!/^[^\s.]+(\.[^\s.]+)+$/.test(name)) return `"${name}" must be words joined by dots, such as cart.validated`;
  const first = name.split('.', 1)[0]!;
  return RESERVED_EVENTS.includes(first.toLowerCase())
    ? `"${name}" must not begin with "${first}", which is the library's own`
    : undefined;
}

function suggestion(written: string, table: KeyTable): string {
  const known = writableKeys(table);
  const longer = known.find((key) => key.startsWith(`${written}_`) || key.endsWith(`_${written}`));
  return didYouMean(written, known) || (longer === undefined ? '' : ` Did you mean "${longer}"?`);
}
