import { classSource } from '../../src/definitions/findings.js';
import { HandlerValidator } from '../../src/definitions/handler-validation.js';
import { StepHandlerRegistry } from '../../src/definitions/step-handler-registry.js';
import { compileDocument } from '../../src/definitions/workflow-document.js';

function compile(workflow: unknown, namedSteps?: readonly string[]): string[] {
  const options = { env: {}, requireVariables: true, ignoreHandlers: false };
  const handlers = new HandlerValidator(new StepHandlerRegistry(), options);
  const document = { source: classSource('X'), workflow, namedSteps };
  const { issues } = compileDocument(document, { strictContext: 'reject' }, handlers);
  return issues.map(({ code }) => code);
}

describe('compileDocument', () => {
  it('puts wrong types, broken rules and missing handlers into one list', () => {
    const steps = [
      { name: 'a', retryable: 1 },
      { name: 'b', dependsOn: ['z'], config: { u: '${NOPE}' } },
    ];
    expect(compile({ name: 'X', steps })).toEqual([
      'INVALID_DEFINITION',
      'INVALID_DEFINITION',
      'UNKNOWN_DEPENDENCY',
      'UNKNOWN_STEP_HANDLER',
      'UNKNOWN_STEP_HANDLER',
      'MISSING_VARIABLE',
    ]);
  });

  it('holds steps and dependencies against a closed list of names, which may be longer', () => {
    const steps = [{ name: 'a' }, { name: 'b', dependsOn: ['a'] }];
    const named = (list: readonly string[]): string[] =>
      compile({ name: 'x', steps }, list).filter((code) => code !== 'UNKNOWN_STEP_HANDLER');
    expect(named(['a', 'b', 'c'])).toEqual([]);
    expect(named(['b'])).toEqual(['UNDECLARED_STEP', 'UNDECLARED_DEPENDENCY']);
    expect(named([])).toEqual(['UNDECLARED_STEP', 'UNDECLARED_STEP', 'UNDECLARED_DEPENDENCY']);
  });
});
