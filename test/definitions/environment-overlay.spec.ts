import { applyOverlay } from '../../src/definitions/environment-overlay.js';
import { Positions } from '../../src/definitions/positions.js';
import { type Values } from '../../src/definitions/yaml-canonical.js';

function overlay(base: Values, section: Values): { merged: Values; issues: string[] } {
  const issues: string[] = [];
  const report = (code: string, _at: unknown, message: string): void => {
    issues.push(`${code} ${message}`);
  };
  const before = structuredClone([base, section]);
  const merged = applyOverlay(base, section, 'test', new Positions(), report);
  expect([base, section]).toEqual(before);
  return { merged, issues };
}

const step = (name: string, rest: Values = {}): Values => ({ name, ...rest });

describe('applyOverlay', () => {
  it('merges maps, replaces lists and everything else', () => {
    const base = {
      step_templates: [step('a', { handler_config: { url: 'X', params: { p: 1, q: [1, 2] }, type: 'api' } })],
    };
    const section = { step_templates: [step('a', { handler_config: { url: 'T', params: { z: 2, q: [9] } } })] };
    expect(overlay(base, section)).toEqual({
      issues: [],
      merged: {
        step_templates: [step('a', { handler_config: { url: 'T', params: { p: 1, q: [9], z: 2 }, type: 'api' } })],
      },
    });
  });

  it('changes any key of the workflow, not only its steps', () => {
    const base = { name: 'x', version: '1.0.0', schema: { type: 'object', required: ['a'] } };
    const section = { version: '1.0.1', schema: { required: ['a', 'b'] }, description: 'test' };
    expect(overlay(base, section).merged).toEqual({
      name: 'x',
      version: '1.0.1',
      schema: { type: 'object', required: ['a', 'b'] },
      description: 'test',
    });
  });

  it('keeps the order and the number of the steps', () => {
    const base = { step_templates: [step('a'), step('b', { timeout_seconds: 5 }), step('c')] };
    const section = { step_templates: [step('c', { retry: 1 }), step('b', { timeout_seconds: 9 })] };
    expect(overlay(base, section).merged).toEqual({
      step_templates: [step('a'), step('b', { timeout_seconds: 9 }), step('c', { retry: 1 })],
    });
  });

  it('deletes what is set to null, at any depth, also where nothing was', () => {
    const base = {
      description: 'x',
      step_templates: [step('a', { depends_on_step: 'b', handler_config: { url: 'X', keep: 1 } })],
    };
    const section = {
      description: null,
      concurrent: null,
      step_templates: [step('a', { depends_on_step: null, handler_config: { url: null, fresh: { a: 1, b: null } } })],
    };
    expect(overlay(base, section).merged).toEqual({
      step_templates: [step('a', { handler_config: { keep: 1, fresh: { a: 1 } } })],
    });
  });

  it('leaves nulls of the base and of lists alone', () => {
    const base = { step_templates: [step('a', { handler_config: { was: null } })] };
    const section = { step_templates: [step('a', { handler_config: { list: [null, 1] } })] };
    expect(overlay(base, section).merged).toEqual({
      step_templates: [step('a', { handler_config: { was: null, list: [null, 1] } })],
    });
  });

  it('puts a map where there was none, and something else where there was a map', () => {
    const base = { a: 1, b: { c: 1 }, d: [1] };
    expect(overlay(base, { a: { x: 1 }, b: 2, d: { y: 1 } }).merged).toEqual({ a: { x: 1 }, b: 2, d: { y: 1 } });
  });

  it('treats only the steps of the workflow as steps', () => {
    const base = { schema: { step_templates: [step('a', { b: 1 })] } };
    const section = { schema: { step_templates: [step('a', { c: 1 })] } };
    expect(overlay(base, section)).toEqual({ issues: [], merged: section });
  });

  it.each<[string, Values, Values, string]>([
    [
      'a step that does not exist',
      { step_templates: [step('validate_cart')] },
      { step_templates: [step('validate_crat')] },
      'UNKNOWN_OVERLAY_STEP environments.test: there is no step "validate_crat" to change. Did you mean "validate_cart"?',
    ],
    [
      'a step that is changed twice',
      { step_templates: [step('a')] },
      { step_templates: [step('a'), step('a')] },
      'DUPLICATE_STEP environments.test: step "a" is changed twice',
    ],
    [
      'steps of a document that has none',
      { name: 'x' },
      { step_templates: [step('a')] },
      'INVALID_OVERLAY environments.test.step_templates changes steps, but the document has none',
    ],
    [
      'steps that are no list',
      { step_templates: [step('a')] },
      { step_templates: { a: {} } },
      'INVALID_OVERLAY environments.test.step_templates must be a list of steps',
    ],
    [
      'the deletion of all steps',
      { step_templates: [step('a')] },
      { step_templates: null },
      'INVALID_OVERLAY environments.test.step_templates must be a list of steps',
    ],
    [
      'a step without a name',
      { step_templates: [step('a')] },
      { step_templates: [{ timeout_seconds: 3 }] },
      'INVALID_OVERLAY environments.test: a step must be a map with the name of the step it changes',
    ],
    [
      'a step that is no map',
      { step_templates: [step('a')] },
      { step_templates: ['a'] },
      'INVALID_OVERLAY environments.test: a step must be a map with the name of the step it changes',
    ],
  ])('refuses %s and leaves the steps as they were', (_what, base, section, expected) => {
    const { merged, issues } = overlay(base, section);
    expect(issues).toEqual([expected]);
    expect(merged.step_templates).toEqual(base.step_templates);
  });
});
