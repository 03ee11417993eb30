import { didYouMean } from '../core/nearest-name.js';
import { fieldErrors } from './field-errors.js';
import { type Findings } from './findings.js';
import { interpolateConfig, malformedReferences, missingVariables, type Environment } from './interpolation.js';
import { compileSchema, schemaProblems, type CompiledSchema } from './schema-compiler.js';
import { type StepHandlerRegistry } from './step-handler-registry.js';
import { type StepTemplate, type TaskTemplate } from './task-template.js';

export interface HandlerValidationOptions {
  /** The variables of this process. */
  readonly env: Environment;
  /** False for a variant that is not the one in force here: its variables may be set elsewhere. */
  readonly requireVariables: boolean;
  /** True for a process that has not the handlers of its workflows, such as one that only serves the API. */
  readonly ignoreHandlers: boolean;
}

/** Checks what steps say about their handlers: that each exists, is the only one meant, and likes its configuration. */
export class HandlerValidator {
  private readonly schemas = new Map<object, CompiledSchema | undefined>();

  constructor(
    private readonly handlers: StepHandlerRegistry,
    private readonly options: HandlerValidationOptions,
  ) {}

  validate(template: TaskTemplate, findings: Findings): void {
    template.steps.forEach((step, index) => {
      this.checkHandler(step, index, findings);
      this.checkConfig(step, index, findings);
    });
  }

  private checkHandler(step: StepTemplate, index: number, findings: Findings): void {
    const path = ['steps', index, 'handler'];
    if (this.options.ignoreHandlers || step.handler === '' || findings.has(path)) return;
    const candidates = this.handlers.candidates(step.handler);
    if (candidates.length === 1) return;
    if (candidates.length > 1) {
      const classes = candidates.map(({ className, token }) => `${className} (token "${token}")`).join(' and ');
      const message = `step "${step.name}": handler "${step.handler}" could be ${classes}; use a token that only one has`;
      findings.add('AMBIGUOUS_HANDLER', path, message);
      return;
    }
    const message =
      `step "${step.name}": no provider of this application is marked @StepHandler('${step.handler}').` +
      (didYouMean(step.handler, this.handlers.names()) || ' Is its class listed as a provider of a module?');
    findings.add('UNKNOWN_STEP_HANDLER', path, message);
  }

  private checkConfig(step: StepTemplate, index: number, findings: Findings): void {
    const path = ['steps', index, 'config'];
    const label = findings.label(path);
    const malformed = malformedReferences(step.config);
    if (malformed.length > 0) {
      const message = `step "${step.name}": ${label} contains ${malformed.join(', ')}, which names no variable; write $\${ for a plain \${`;
      findings.add('INVALID_HANDLER_CONFIG', path, message);
      return;
    }
    const missing = missingVariables(step.config, this.options.env);
    if (missing.length > 0) {
      if (!this.options.requireVariables) return;
      const names = missing.map((name) => `\${${name}}`).join(', ');
      const message = `step "${step.name}": ${label} needs ${names}, not set; set it or write a default: \${NAME:-default}`;
      findings.add('MISSING_VARIABLE', path, message);
      return;
    }
    const filled = interpolateConfig(step.config, this.options.env);
    const errors = this.schemaOf(step.handler)?.check(filled) ?? [];
    for (const error of fieldErrors(label, filled, errors)) {
      findings.add('INVALID_HANDLER_CONFIG', path, `step "${step.name}": ${error.path} ${error.message}`);
    }
  }

  /** The handler's `configSchema`, compiled once; undefined when it has none that can be used. */
  private schemaOf(handler: string): CompiledSchema | undefined {
    const schema = this.handlers.find(handler)?.metadata.configSchema;
    if (!schema) return undefined;
    if (!this.schemas.has(schema)) {
      this.schemas.set(schema, schemaProblems(schema).length === 0 ? compileSchema(schema) : undefined);
    }
    return this.schemas.get(schema);
  }
}
