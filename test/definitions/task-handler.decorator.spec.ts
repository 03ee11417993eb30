import 'reflect-metadata';
import { TaskHandler, TaskHandlerMark } from '../../src/definitions/task-handler.decorator.js';

describe('@TaskHandler', () => {
  it('writes the definition on the class', () => {
    const definition = { name: 'order', steps: [{ name: 'a' }] };
    @TaskHandler(definition)
    class Order {}
    expect(Reflect.getMetadata(TaskHandlerMark.KEY, Order)).toBe(definition);
  });
});
