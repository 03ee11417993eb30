import { fullName } from '../../src/definitions/task-template.js';

describe('fullName', () => {
  it('is namespace, name and version', () => {
    expect(fullName({ namespace: 'shop', name: 'process_order', version: '1.0.0' })).toBe('shop.process_order@1.0.0');
  });
});
