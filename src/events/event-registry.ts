import { Injectable } from '@nestjs/common';
import { canonicalJson } from '../core/canonical-json.js';
import { type EventInfo, SYSTEM_EVENTS, systemEvent } from '../core/events/catalogue.js';
import { type EventDeclaration, eventNameProblem } from '../core/events/event-declaration.js';
import { isPattern, matchesPattern } from '../core/events/patterns.js';
import { type FieldError, TaskerError } from '../core/errors.js';
import { didYouMean } from '../core/nearest-name.js';
import { type CompiledSchema, compileSchema, schemaProblems } from '../definitions/schema-compiler.js';
import { fieldErrors } from '../definitions/field-errors.js';
import { type JsonSchema } from '../definitions/task-template.js';

interface Custom {
  readonly info: EventInfo;
  readonly schema: JsonSchema | undefined;
  readonly compiled: CompiledSchema | undefined;
}

/** Somebody in this process who is told of events. */
export interface Subscription {
  /** `Class.method`, or the name of a durable subscriber. */
  readonly name: string;
  /** Names and patterns. */
  readonly patterns: readonly string[];
  readonly isDurable: boolean;
}

/** Why an event cannot be declared; undefined when it can. */
function declarationProblem({ name, schema }: EventDeclaration): string | undefined {
  const problem = eventNameProblem(name);
  if (problem !== undefined || schema === undefined) return problem;
  const [flaw] = schemaProblems(schema);
  return (
    flaw && `the schema of the event "${name}" cannot be used: ${['schema', ...flaw.path].join('.')} ${flaw.message}`
  );
}

/** Every event there is: those of the library, and those that the application declares. */
@Injectable()
export class EventRegistry {
  private readonly custom = new Map<string, Custom>();
  private listSubscribers: () => readonly Subscription[] = () => [];

  /**
   * Declares an event of the application. The same name may be declared by many, when they agree.
   * @param firedBy who declares it, as in messages
   * @throws TaskerError `INVALID_CUSTOM_EVENT`
   */
  declare(declaration: EventDeclaration, firedBy: string): void {
    const problem = declarationProblem(declaration) ?? this.conflict(declaration);
    if (problem) throw new TaskerError('INVALID_CUSTOM_EVENT', `${firedBy}: ${problem}.`);
    const { name, schema } = declaration;
    const known = this.custom.get(name);
    const description = declaration.description ?? known?.info.description ?? `Published by ${firedBy}.`;
    const all = new Set([...(known?.info.firedBy ?? []), firedBy]);
    this.custom.set(name, {
      info: { name, category: 'custom', description, firedBy: [...all], durable: true, fields: ['attempt', 'payload'] },
      schema: schema ?? known?.schema,
      compiled: known?.compiled ?? (schema && compileSchema(schema)),
    });
  }

  /** Everything, the library's own first. */
  catalog(): readonly EventInfo[] {
    return [...SYSTEM_EVENTS, ...[...this.custom.values()].map(({ info }) => info)];
  }

  info(name: string): EventInfo | undefined {
    return systemEvent(name) ?? this.custom.get(name)?.info;
  }

  /** Of an event of the application. */
  schemaOf(name: string): JsonSchema | undefined {
    return this.custom.get(name)?.schema;
  }

  /** Those whose name fits a pattern, or whose name or description contains the text, whatever its case. */
  search(query: string): readonly EventInfo[] {
    const text = query.toLowerCase();
    return this.catalog().filter(({ name, description }) =>
      isPattern(query) ? matchesPattern(query, name) : name.includes(text) || description.toLowerCase().includes(text),
    );
  }

  /** Those whose name begins with this segment, or these segments: `task`, `observability.step`. */
  inNamespace(namespace: string): readonly EventInfo[] {
    return this.catalog().filter(({ name }) => name.startsWith(`${namespace}.`));
  }

  /** Who in this process is told of this event, or of anything when none is named. */
  subscribers(name?: string): readonly Subscription[] {
    return this.listSubscribers().filter(
      ({ patterns }) => name === undefined || patterns.some((pattern) => matchesPattern(pattern, name)),
    );
  }

  /** For whoever binds subscribers: where to ask who there is. */
  followSubscribers(list: () => readonly Subscription[]): void {
    this.listSubscribers = list;
  }

  /** Why nothing can ever fit this name or pattern; undefined when something can. */
  problemOf(pattern: string, isDurable: boolean): string | undefined {
    const fitting = this.catalog().filter(({ name }) => matchesPattern(pattern, name));
    if (fitting.length === 0) {
      const names = this.catalog().map(({ name }) => name);
      const single = pattern === '*' ? ' "**" is every event.' : didYouMean(pattern, names);
      return `there is no event "${pattern}".${single}`;
    }
    if (!isDurable && fitting.every(({ category }) => category === 'delivery')) {
      return `"${pattern}" is told to durable subscribers only: give the subscription a durable name.`;
    }
    if (!isDurable || fitting.some(({ durable }) => durable)) return undefined;
    return `"${pattern}" is told in the process where it happens only, so it cannot be durable.`;
  }

  /** What is wrong with a payload; empty when it fits. */
  payloadErrors(name: string, payload: unknown): readonly FieldError[] {
    const compiled = this.custom.get(name)?.compiled;
    return compiled ? fieldErrors('payload', payload, compiled.check(payload)) : [];
  }

  private conflict({ name, description, schema }: EventDeclaration): string | undefined {
    const known = this.custom.get(name);
    if (!known) return undefined;
    const others = known.info.firedBy.join(', ');
    if (schema && known.schema && canonicalJson(schema) !== canonicalJson(known.schema)) {
      return `the event "${name}" has another schema in ${others}`;
    }
    const isGenerated = known.info.description.startsWith('Published by ');
    if (description === undefined || isGenerated || description === known.info.description) return undefined;
    return `the event "${name}" has another description in ${others}`;
  }
}
