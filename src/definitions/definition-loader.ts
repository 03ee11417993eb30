import { Injectable } from '@nestjs/common';
import { InvalidDefinitionError, type DefinitionIssue } from '../core/errors.js';
import { type StrictContext } from './context-validator.js';
import { readDefinitionFiles } from './definition-files.js';
import { DefinitionRegistry } from './definition-registry.js';
import { Definition } from './definition.js';
import { classSource, distinctIssues } from './findings.js';
import { type ExploredHandlers } from './handler-explorer.js';
import { HandlerValidator } from './handler-validation.js';
import { type Environment } from './interpolation.js';
import { schemaProblems } from './schema-compiler.js';
import { StepHandlerRegistry } from './step-handler-registry.js';
import { type WorkflowDefinition } from './task-handler.decorator.js';
import { compileDocument, type WorkflowDocument } from './workflow-document.js';
import { readWorkflowFile, type WorkflowVariant } from './yaml-reader.js';

export interface DefinitionLoadOptions {
  /** Files, directories and globs, and workflows written as objects. */
  readonly definitions: readonly (string | WorkflowDefinition)[];
  /** The section of `environments` that is in force. */
  readonly environment: string;
  /** What `${NAME}` in `handler_config` is filled from; `process.env` in production. */
  readonly env: Environment;
  /** For workflows that do not say themselves. */
  readonly strictContext: StrictContext;
  /** True for a process that has not the handlers of its workflows, such as one that only serves the API. */
  readonly ignoreHandlers: boolean;
  /** Where relative patterns begin. @default the working directory */
  readonly cwd?: string;
}

export interface LoadReport {
  /** Files that were read. */
  readonly files: readonly string[];
  /** What is legal and probably not meant, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads every workflow and handler of the application once, at boot, and publishes them only when nothing is wrong with
 * any: one error lists all problems of all files and classes.
 */
@Injectable()
export class DefinitionLoader {
  constructor(
    private readonly definitions: DefinitionRegistry,
    private readonly handlers: StepHandlerRegistry,
  ) {}

  /** @throws InvalidDefinitionError with every problem; the registries then stay as they were */
  async load(options: DefinitionLoadOptions, explored: ExploredHandlers): Promise<LoadReport> {
    const issues: DefinitionIssue[] = [...explored.issues];
    const handlers = stageHandlers(explored, issues);
    const patterns = options.definitions.filter((given) => typeof given === 'string');
    const { files, issues: fileIssues } = await readDefinitionFiles(patterns, options.cwd ?? process.cwd());
    issues.push(...fileIssues);

    const candidates: WorkflowVariant[] = [
      ...explored.workflows.map(({ className, definition }) => inline(className, definition)),
      ...options.definitions.flatMap((given, index) =>
        typeof given === 'string' ? [] : [inline(`definitions[${index}]`, given)],
      ),
    ];
    for (const { name, text } of files) {
      const read = readWorkflowFile(name, text, options.environment);
      issues.push(...read.issues);
      candidates.push(...read.variants);
    }

    const found = compileAll(candidates, options, handlers, issues);
    if (issues.length > 0) throw new InvalidDefinitionError(distinctIssues(issues));
    for (const entry of explored.handlers) this.handlers.register(entry);
    for (const { definition, source } of found) {
      const issue = this.definitions.register(definition, source);
      if (issue) throw new InvalidDefinitionError([issue]);
    }
    return { files: files.map(({ name }) => name), warnings: warningsOf(found.map(({ definition }) => definition)) };
  }
}

function inline(name: string, workflow: WorkflowDefinition): WorkflowVariant {
  return { document: { source: classSource(name), workflow }, active: true };
}

function stageHandlers(explored: ExploredHandlers, issues: DefinitionIssue[]): StepHandlerRegistry {
  const staged = new StepHandlerRegistry();
  for (const entry of explored.handlers) {
    const issue = staged.register(entry);
    if (issue) issues.push(issue);
    const problems = entry.metadata.configSchema ? schemaProblems(entry.metadata.configSchema) : [];
    for (const { path, message } of problems) {
      const text = `${['configSchema', ...path].join('.')} ${message}`;
      issues.push({ code: 'INVALID_SCHEMA', message: text, source: entry.className });
    }
  }
  return staged;
}

function compileAll(
  candidates: readonly WorkflowVariant[],
  options: DefinitionLoadOptions,
  handlers: StepHandlerRegistry,
  issues: DefinitionIssue[],
): { definition: Definition; source: string }[] {
  const { env, ignoreHandlers } = options;
  const validators = [false, true].map(
    // A process that runs no steps needs none of their secrets.
    (active) => new HandlerValidator(handlers, { env, ignoreHandlers, requireVariables: active && !ignoreHandlers }),
  );
  const staged = new DefinitionRegistry();
  const found: { definition: Definition; source: string }[] = [];
  for (const { document, active } of candidates) {
    const compiled = compileDocument(document, options, validators[Number(active)]!);
    issues.push(...compiled.issues);
    if (!active || compiled.issues.length > 0) continue;
    const definition = Definition.of(compiled.template);
    const source = document.source.name;
    const duplicate = staged.register(definition, source);
    if (duplicate) issues.push({ ...duplicate, ...linesOf(document) });
    else found.push({ definition, source });
  }
  return found;
}

function linesOf({ source }: WorkflowDocument): { line?: number; column?: number } {
  const { line, column } = source.locate(['name']);
  return line === undefined ? {} : { line, column };
}

function warningsOf(definitions: readonly Definition[]): string[] {
  return definitions
    .filter(({ template }) => template.schema === null)
    .map(({ fullName }) => `${fullName} has no schema: its context is not checked.`);
}
