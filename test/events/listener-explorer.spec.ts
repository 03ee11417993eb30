import { Controller, Injectable, Scope } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { BaseSubscriber, OnTaskerEvent } from 'nestjs-tasker';
import { ListenerExplorer } from '../../src/events/listener-explorer.js';

@Injectable()
class Listens {
  heard: unknown[] = [];

  @OnTaskerEvent('task.*')
  hear(event: unknown): void {
    this.heard.push(event);
  }
}

@Injectable()
class ListensMore extends Listens {
  override hear(event: unknown): void {
    super.hear(`more of ${String(event)}`);
  }
}

@Controller()
class ListeningController {
  @OnTaskerEvent('step.failed', { durable: 'pager' })
  page(): void {}
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @OnTaskerEvent('task.*')
  hear(): void {}
}

@Injectable({ scope: Scope.TRANSIENT })
class Anew extends BaseSubscriber {
  static override readonly subscribeTo = ['task.failed'];
  handleTaskFailed(): void {}
}

@Injectable()
class Routed extends BaseSubscriber {
  static override readonly subscribeTo = ['task.failed'];
  handleTaskFailed(): void {}
}

type Providers = NonNullable<Parameters<typeof Test.createTestingModule>[0]['providers']>;

async function explorerOf(providers: Providers, more: { controllers?: []; imports?: [] } | object = {}) {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule, ...((more as { imports?: [] }).imports ?? [])],
    controllers: (more as { controllers?: [] }).controllers ?? [],
    providers: [ListenerExplorer, ...providers],
  }).compile();
  return { module, explorer: module.get(ListenerExplorer) };
}

it('finds marked methods of providers and controllers, and calls them on their instance', async () => {
  const { module, explorer } = await explorerOf([Listens, ListensMore], { controllers: [ListeningController] });
  const { listeners, problems } = explorer.explore();
  expect(problems).toEqual([]);
  expect(listeners.map(({ name, patterns, options }) => [name, patterns, options.durable])).toEqual([
    ['Listens.hear', ['task.*'], undefined],
    ['ListensMore.hear', ['task.*'], undefined],
    ['ListeningController.page', ['step.failed'], 'pager'],
  ]);
  for (const { call } of listeners) call('x');
  expect(module.get(Listens).heard).toEqual(['x']);
  expect(module.get(ListensMore).heard).toEqual(['more of x']);
});

it('takes one instance once, under however many tokens it is known', async () => {
  const { explorer } = await explorerOf([
    Listens,
    { provide: 'alias', useExisting: Listens },
    { provide: 'again', inject: [Listens], useFactory: (one: Listens) => one },
    { provide: 'value', useValue: new Listens() },
    { provide: 'nothing', useValue: null },
    { provide: 'text', useValue: 'text' },
  ]);
  expect(explorer.explore().listeners).toHaveLength(2);
});

it('refuses request-scoped and transient ones, decorated or routed, and says what to do', async () => {
  const { explorer } = await explorerOf([PerRequest, Anew, Routed]);
  expect(explorer.explore().problems).toEqual([
    expect.stringMatching(/^PerRequest listens to events, but is request-scoped or transient.*default scope/),
  ]);
  const { instances, problems } = explorer.instancesOf(BaseSubscriber);
  expect(instances.map(({ name }) => name)).toEqual(['Routed']);
  expect(problems).toEqual([expect.stringMatching(/^Anew listens to events, but is request-scoped/)]);
});

it("finds the host's event emitter, or none", async () => {
  expect((await explorerOf([])).explorer.findEmitter()).toBeUndefined();
  const { explorer } = await explorerOf([], { imports: [EventEmitterModule.forRoot()] });
  expect(explorer.findEmitter()).toMatchObject({ emit: expect.any(Function) as unknown });
});
