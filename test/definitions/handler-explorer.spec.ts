import 'reflect-metadata';
import { Injectable, Scope, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { HandlerExplorer, type ExploredHandlers } from '../../src/definitions/handler-explorer.js';
import { TaskHandler } from '../../src/definitions/task-handler.decorator.js';
import { StepHandler } from '../../src/handlers/step-handler.js';

@Injectable()
class Orders {
  find(): string {
    return 'order';
  }
}

@StepHandler('validate_order')
class ValidateOrder implements StepHandler {
  constructor(readonly orders: Orders) {}
  process(): unknown {
    return this.orders.find();
  }
}

@StepHandler()
class SendMail implements StepHandler {
  process(): unknown {
    return null;
  }
}

@TaskHandler({ name: 'process_order', steps: [{ name: 'validate_order', handler: ValidateOrder }] })
class ProcessOrder {}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {}

async function explore(...providers: Provider[]): Promise<ExploredHandlers> {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [HandlerExplorer, ...providers],
  }).compile();
  return module.get(HandlerExplorer).explore();
}

describe('HandlerExplorer', () => {
  it('finds marked classes with what Nest injected into them', async () => {
    const found = await explore(Orders, ValidateOrder, SendMail, ProcessOrder);
    expect(found.issues).toEqual([]);
    expect(found.handlers.map(({ token, className }) => [token, className])).toEqual([
      ['validate_order', 'ValidateOrder'],
      ['SendMail', 'SendMail'],
    ]);
    expect(found.handlers[0]!.instance.process({} as never)).toBe('order');
    expect(found.workflows).toEqual([
      { className: 'ProcessOrder', definition: expect.objectContaining({ name: 'process_order' }) as unknown },
    ]);
  });

  it('takes a handler made by a factory', async () => {
    const factory = { provide: 'MAIL', useFactory: () => new SendMail() };
    const found = await explore(factory);
    expect(found.handlers.map(({ token }) => token)).toEqual(['SendMail']);
  });

  it('takes the stand-in of a test for the class it stands in for', async () => {
    const mock = { process: () => 'mocked' };
    const module = await Test.createTestingModule({
      imports: [DiscoveryModule],
      providers: [HandlerExplorer, Orders, ValidateOrder],
    })
      .overrideProvider(ValidateOrder)
      .useValue(mock)
      .compile();
    const { handlers, issues } = module.get(HandlerExplorer).explore();
    expect(issues).toEqual([]);
    expect(handlers).toEqual([expect.objectContaining({ token: 'validate_order', instance: mock })]);
  });

  it('counts an alias as the handler it leads to', async () => {
    const found = await explore(SendMail, { provide: 'ALIAS', useExisting: SendMail });
    expect(found.handlers).toHaveLength(1);
  });

  it('passes over providers that are no objects, or odd ones', async () => {
    const odd = [5, null, undefined, 'text', Object.create(null) as object, new Proxy({}, {}), Symbol('x')];
    const providers = odd.map((useValue, index) => ({ provide: `ODD_${index}`, useValue }));
    await expect(explore(...providers)).resolves.toEqual({ handlers: [], workflows: [], issues: [] });
  });

  it('refuses a request-scoped handler and says what to do instead', async () => {
    @Injectable({ scope: Scope.REQUEST })
    @StepHandler('scoped')
    class Scoped implements StepHandler {
      process(): unknown {
        return null;
      }
    }
    // The outermost decorator of a class decides its scope.
    const found = await explore({ provide: Scoped, useClass: Scoped, scope: Scope.REQUEST });
    expect(found.handlers).toEqual([]);
    expect(found.issues).toEqual([
      {
        code: 'REQUEST_SCOPED_HANDLER',
        source: 'Scoped',
        message: expect.stringMatching(/^Scoped is request-scoped.*many steps at once.*ModuleRef/) as unknown,
      },
    ]);
  });

  it('refuses a handler that is request-scoped through what it injects', async () => {
    @StepHandler('bubbled')
    class Bubbled implements StepHandler {
      constructor(readonly scoped: PerRequest) {}
      process(): unknown {
        return this.scoped;
      }
    }
    const found = await explore(PerRequest, Bubbled);
    expect(found.issues.map(({ code, source }) => [code, source])).toEqual([['REQUEST_SCOPED_HANDLER', 'Bubbled']]);
  });

  it('refuses a transient handler', async () => {
    @StepHandler('transient')
    class Fleeting implements StepHandler {
      process(): unknown {
        return null;
      }
    }
    const found = await explore({ provide: Fleeting, useClass: Fleeting, scope: Scope.TRANSIENT });
    expect(found.issues).toEqual([
      expect.objectContaining({
        code: 'REQUEST_SCOPED_HANDLER',
        message: expect.stringContaining('is transient') as unknown,
      }),
    ]);
  });

  it('takes a handler that injects something transient', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Tool {}
    @StepHandler('with_tool')
    class WithTool implements StepHandler {
      constructor(readonly tool: Tool) {}
      process(): unknown {
        return this.tool;
      }
    }
    const found = await explore(Tool, WithTool);
    expect(found.issues).toEqual([]);
    expect(found.handlers).toHaveLength(1);
  });

  it('refuses a class without process and an empty token', async () => {
    @StepHandler('idle')
    class Idle {}
    @StepHandler(' ')
    class Nameless {
      process(): void {}
    }
    const found = await explore(Idle, Nameless);
    expect(found.issues.map(({ code, source, message }) => [code, source, message])).toEqual([
      ['INVALID_STEP_HANDLER', 'Idle', 'Idle has no method process(context)'],
      ['INVALID_STEP_HANDLER', 'Nameless', 'Nameless has an empty token'],
    ]);
  });
});
