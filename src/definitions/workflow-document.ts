import { type DefinitionIssue } from '../core/errors.js';
import { Findings, type DefinitionSource } from './findings.js';
import { type HandlerValidator } from './handler-validation.js';
import { type TaskTemplate } from './task-template.js';
import { buildTemplate, type BuildDefaults } from './template-builder.js';
import { validateTemplate } from './template-validation.js';

/** A workflow as it was found, not yet checked, whatever it was written in. */
export interface WorkflowDocument {
  readonly source: DefinitionSource;
  /** Should be a WorkflowDefinition. */
  readonly workflow: unknown;
  /** The closed list of step names, when the author gave one. */
  readonly namedSteps?: readonly string[];
}

/** Compiles a document to a template; `issues` is empty when the template can be used. */
export function compileDocument(
  document: WorkflowDocument,
  defaults: BuildDefaults,
  handlers: HandlerValidator,
): { readonly template: TaskTemplate; readonly issues: readonly DefinitionIssue[] } {
  const findings = new Findings(document.source);
  const template = buildTemplate(document.workflow, findings, defaults);
  validateTemplate(template, findings);
  if (document.namedSteps) checkNamedSteps(template, document.namedSteps, findings);
  handlers.validate(template, findings);
  return { template, issues: findings.issues };
}

function checkNamedSteps(template: TaskTemplate, named: readonly string[], findings: Findings): void {
  template.steps.forEach(({ name, dependsOn }, index) => {
    if (name !== '' && !named.includes(name)) {
      const message = `step "${name}" is not listed in named_steps`;
      findings.add('UNDECLARED_STEP', ['steps', index, 'name'], message);
    }
    dependsOn.forEach((dependency, k) => {
      if (named.includes(dependency)) return;
      const message = `step "${name}" depends on "${dependency}", which is not listed in named_steps`;
      findings.add('UNDECLARED_DEPENDENCY', ['steps', index, 'dependsOn', k], message);
    });
  });
}
