import { Positions } from '../../src/definitions/positions.js';

describe('Positions', () => {
  it('follows a value that is copied under another key', () => {
    const positions = new Positions();
    const [from, to] = [{ retry_limit: 3 }, { retryLimit: 3 }];
    positions.mark(from, 'retry_limit', { line: 4, column: 5, label: 'retry_limit' });
    positions.markWhole(from, { line: 3, column: 1 });
    positions.carry(from, 'retry_limit', to, 'retryLimit');
    positions.carry(from, 'nothing', to, 'nothing');
    expect(positions.of(to, 'retryLimit')).toEqual({ line: 4, column: 5, label: 'retry_limit' });
    expect(positions.of(to, 'nothing')).toEqual({});
    positions.carryWhole(from, to);
    expect(positions.of(to, 'nothing')).toEqual({ line: 3, column: 1 });
  });

  it('falls back to what is around a value it does not know', () => {
    const positions = new Positions();
    const root = { steps: [{ name: 'a' }] };
    positions.markWhole(root, { line: 1, column: 1 });
    positions.mark(root, 'steps', { line: 2, column: 1, label: 'step_templates' });
    expect(positions.locate(root, ['steps'])).toEqual({ line: 2, column: 1, label: 'step_templates' });
    expect(positions.locate(root, ['steps', 0, 'name'])).toEqual({ line: 2, column: 1, label: undefined });
    expect(positions.locate(root, ['missing', 'deeper'])).toEqual({ line: 1, column: 1 });
    expect(positions.locate({}, ['x'])).toEqual({});
  });
});
