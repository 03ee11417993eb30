import { type DefinitionIssue } from '../../src/core/errors.js';
import { HandlerValidator } from '../../src/definitions/handler-validation.js';
import { StepHandlerRegistry } from '../../src/definitions/step-handler-registry.js';
import { type TaskTemplate } from '../../src/definitions/task-template.js';
import { compileDocument } from '../../src/definitions/workflow-document.js';
import { readWorkflowFile } from '../../src/definitions/yaml-reader.js';

export interface Outcome {
  readonly templates: Record<string, TaskTemplate>;
  readonly active: TaskTemplate;
  readonly issues: string[];
}

/** Reads and compiles a definition file; each issue is `line:column code message`. */
export function readYaml(text: string, environment = 'development', name = 'a.yaml'): Outcome {
  const { variants, issues } = readWorkflowFile(name, text, environment);
  const options = { env: {}, ignoreHandlers: true, requireVariables: false };
  const handlers = new HandlerValidator(new StepHandlerRegistry(), options);
  const compiled = variants.map(({ document, active }) => ({
    active,
    ...compileDocument(document, { strictContext: 'reject' }, handlers),
  }));
  const show = ({ line, column, code, message }: DefinitionIssue): string => `${line}:${column} ${code} ${message}`;
  return {
    templates: Object.fromEntries(compiled.map(({ template }) => [template.version, template])),
    active: compiled.find(({ active }) => active)?.template as TaskTemplate,
    issues: [...new Set([...issues, ...compiled.flatMap((document) => document.issues)].map(show))],
  };
}
