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
    this.events(values, where);
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
    this.events(values, where);
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

  /** Values of the wrong type stay as they are, for the template builder to report. */
  private events(values: Values, where: string): void {
    const given = values.custom_events;
    if (!Array.isArray(given)) return;
    const events = given.map((event: unknown) =>
      isPlainObject(event) ? this.keys(event, EVENT_KEYS, `${where}custom event: `) : event,
    );
    this.positions.carryWhole(given, events);
    given.forEach((_, index) => this.positions.carry(given, index, events, index));
    values.custom_events = events;
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

function suggestion(written: string, table: KeyTable): string {
  const known = writableKeys(table);
  const longer = known.find((key) => key.startsWith(`${written}_`) || key.endsWith(`_${written}`));
  return didYouMean(written, known) || (longer === undefined ? '' : ` Did you mean "${longer}"?`);
}
