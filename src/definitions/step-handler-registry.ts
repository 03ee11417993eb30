import { Injectable } from '@nestjs/common';
import { type DefinitionIssue, TaskerError } from '../core/errors.js';
import { type StepHandler, type StepHandlerMetadata } from '../handlers/step-handler.js';

/** A `@StepHandler` class of the application. */
export interface StepHandlerEntry {
  /** The name definitions use. */
  readonly token: string;
  readonly className: string;
  /** The one instance that serves every step. */
  readonly instance: StepHandler;
  readonly metadata: StepHandlerMetadata;
}

/** The step handlers of this process, by token and by class name. A token belongs to one handler. */
@Injectable()
export class StepHandlerRegistry {
  private readonly byToken = new Map<string, StepHandlerEntry>();
  private readonly byClassName = new Map<string, StepHandlerEntry[]>();
  private frozen = false;

  register(entry: StepHandlerEntry): DefinitionIssue | undefined {
    const { token, className, instance } = entry;
    if (this.frozen) {
      throw new TaskerError('REGISTRY_FROZEN', `Registered step handler "${token}" after the application has started.`);
    }
    const known = this.byToken.get(token);
    if (known) {
      if (known.instance === instance) return undefined;
      const message =
        known.className === className
          ? `two instances of ${className} have the token "${token}"; list the class in one module and export it from there`
          : `${known.className} and ${className} both have the token "${token}"; give one of them another`;
      return { code: 'AMBIGUOUS_HANDLER', message, source: className };
    }
    this.byToken.set(token, entry);
    this.byClassName.set(className, [...(this.byClassName.get(className) ?? []), entry]);
    return undefined;
  }

  /** From now on nothing is registered any more. */
  freeze(): void {
    this.frozen = true;
  }

  /** The handler with this token, else the only one with this class name. */
  find(name: string): StepHandlerEntry | undefined {
    const token = this.byToken.get(name);
    if (token) return token;
    const classes = this.byClassName.get(name) ?? [];
    return classes.length === 1 ? classes[0] : undefined;
  }

  /** Every handler that the name could mean; more than one is a question that only the author can answer. */
  candidates(name: string): readonly StepHandlerEntry[] {
    const token = this.byToken.get(name);
    return [...new Set([...(token ? [token] : []), ...(this.byClassName.get(name) ?? [])])];
  }

  /** Every name that {@link find} answers to, sorted: all that this process can run. */
  names(): readonly string[] {
    const names = new Set([...this.byToken.keys(), ...this.byClassName.keys()]);
    return Object.freeze([...names].filter((name) => this.find(name)).sort());
  }

  /** All handlers, in order of token. */
  entries(): readonly StepHandlerEntry[] {
    return Object.freeze([...this.byToken.values()].sort((a, b) => (a.token < b.token ? -1 : 1)));
  }
}
