import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidDefinitionError } from '../../src/core/errors.js';
import {
  DefinitionLoader,
  type DefinitionLoadOptions,
  type LoadReport,
} from '../../src/definitions/definition-loader.js';
import { DefinitionRegistry } from '../../src/definitions/definition-registry.js';
import { type ExploredHandlers } from '../../src/definitions/handler-explorer.js';
import { StepHandlerRegistry, type StepHandlerEntry } from '../../src/definitions/step-handler-registry.js';

const handler = (token: string, configSchema?: Record<string, unknown>): StepHandlerEntry => ({
  token,
  className: token.toUpperCase(),
  instance: { process: () => null },
  metadata: { token, configSchema },
});

const HANDLERS: ExploredHandlers = { handlers: [handler('a'), handler('b')], workflows: [], issues: [] };
const OPTIONS: DefinitionLoadOptions = {
  definitions: [],
  environment: 'test',
  env: { URL: 'http://secret' },
  strictContext: 'strip',
  ignoreHandlers: false,
};
const YAML = `name: from_file
steps:
  - name: a
    handler_config: { url: "\${URL}" }
environments: { test: { version: 2.0.0 } }
`;

let cwd: string;
let definitions: DefinitionRegistry;
let handlers: StepHandlerRegistry;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tasker-loader-'));
  definitions = new DefinitionRegistry();
  handlers = new StepHandlerRegistry();
});

afterEach(() => rm(cwd, { recursive: true }));

const load = (options: Partial<DefinitionLoadOptions>, explored: Partial<ExploredHandlers> = {}): Promise<LoadReport> =>
  new DefinitionLoader(definitions, handlers).load({ ...OPTIONS, cwd, ...options }, { ...HANDLERS, ...explored });

/** Every issue as `source:line code`, after making sure that nothing was registered. */
async function refusal(...args: Parameters<typeof load>): Promise<string[]> {
  const error: unknown = await load(...args).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidDefinitionError);
  expect([definitions.size, handlers.names()]).toEqual([0, []]);
  return (error as InvalidDefinitionError).issues.map(({ code, source, line }) => `${source}:${line} ${code}`);
}

describe('DefinitionLoader', () => {
  it('loads files, objects and decorated classes into the registries', async () => {
    await writeFile(join(cwd, 'x.yaml'), YAML);
    const report = await load(
      { definitions: ['*.yaml', { name: 'inline', schema: {}, steps: [{ name: 'a' }] }] },
      {
        workflows: [
          { className: 'Decorated', definition: { name: 'decorated', namespace: 'shop', steps: [{ name: 'b' }] } },
        ],
      },
    );
    expect(definitions.definitions().map(({ fullName }) => fullName)).toEqual([
      'default.from_file@2.0.0',
      'default.inline@0.1.0',
      'shop.decorated@0.1.0',
    ]);
    expect(handlers.names()).toEqual(['A', 'B', 'a', 'b']);
    expect(report).toEqual({
      files: ['x.yaml'],
      warnings: [
        'shop.decorated@0.1.0 has no schema: its context is not checked.',
        'default.from_file@2.0.0 has no schema: its context is not checked.',
      ],
    });
  });

  it('keeps variables out of what will be stored', async () => {
    await writeFile(join(cwd, 'x.yaml'), YAML);
    await load({ definitions: ['x.yaml'] });
    const { template } = definitions.resolve('from_file');
    expect(template.steps[0]!.config).toEqual({ url: '${URL}' });
    expect(JSON.stringify(template)).not.toContain('secret');
  });

  it('gives workflows that say nothing the strictness of the module', async () => {
    const steps = [{ name: 'a' }];
    await load({
      definitions: [
        { name: 'x', steps },
        { name: 'y', steps, strictContext: 'allow' },
      ],
    });
    expect(definitions.definitions().map(({ template }) => template.strictContext)).toEqual(['strip', 'allow']);
  });

  it('lists every problem of every source in one error, and then registers nothing', async () => {
    await writeFile(join(cwd, 'bad.yaml'), 'name: Bad\nsteps:\n  - name: a\n    retry_limit: 0\n  - name: a\n');
    await writeFile(join(cwd, 'broken.yaml'), 'a: [');
    await writeFile(join(cwd, 'good.yaml'), 'name: good\nsteps: [{ name: a }]\n');
    await writeFile(
      join(cwd, 'other.json'),
      '{"name": "other", "steps": [{"name": "a", "handler_config": {"u": "${NOPE}"}}, {"name": "c"}]}',
    );
    const inline = { name: 'inline', steps: [] };
    const explored = {
      handlers: [...HANDLERS.handlers, handler('a'), handler('odd', { type: 'objec' })],
      workflows: [{ className: 'Decorated', definition: { name: 'x', steps: [{ name: 'a', dependsOn: ['a'] }] } }],
      issues: [{ code: 'REQUEST_SCOPED_HANDLER', message: 'm', source: 'Scoped' }],
    };
    expect(await refusal({ definitions: ['*.{yaml,json}', inline, 'nowhere.yaml'] }, explored)).toEqual([
      'Scoped:undefined REQUEST_SCOPED_HANDLER',
      'A:undefined AMBIGUOUS_HANDLER',
      'ODD:undefined INVALID_SCHEMA',
      'nowhere.yaml:undefined DEFINITION_FILE_NOT_FOUND',
      'broken.yaml:1 INVALID_YAML',
      'Decorated:undefined DEPENDENCY_CYCLE',
      'definitions[1]:undefined INVALID_DEFINITION',
      'bad.yaml:1 INVALID_DEFINITION',
      'bad.yaml:4 INVALID_DEFINITION',
      'bad.yaml:5 DUPLICATE_STEP',
      'other.json:1 MISSING_VARIABLE',
      'other.json:1 UNKNOWN_STEP_HANDLER',
    ]);
  });

  it('tells file, line and column in the message', async () => {
    await writeFile(join(cwd, 'bad.yaml'), 'name: x\nsteps:\n  - name: a\n    retry_limit: 0\n');
    await expect(load({ definitions: ['bad.yaml'] })).rejects.toThrow(
      'The workflow definitions have 1 problem:\n  bad.yaml:4:5 INVALID_DEFINITION: step "a": retry_limit counts all attempts',
    );
  });

  it('refuses two workflows under one key, and takes the same one twice', async () => {
    const text = 'name: x\nversion: "1.0.0"\nsteps: [{ name: a }]\n';
    await writeFile(join(cwd, 'one.yaml'), text);
    await writeFile(join(cwd, 'same.yaml'), `# the same\n${text}`);
    await load({ definitions: ['one.yaml', 'same.yaml'] });
    expect(definitions.size).toBe(1);
    [definitions, handlers] = [new DefinitionRegistry(), new StepHandlerRegistry()];
    await writeFile(join(cwd, 'two.yaml'), '\nname: x\nversion: "1.0.0"\nsteps: [{ name: b }]\n');
    expect(await refusal({ definitions: ['one.yaml', 'two.yaml'] })).toEqual(['two.yaml:2 DUPLICATE_HANDLER']);
  });

  it('does not ask for the handlers or take the variables of another process', async () => {
    const workflow = { name: 'x', steps: [{ name: 'elsewhere' }] };
    expect(await refusal({ definitions: [workflow] })).toEqual(['definitions[0]:undefined UNKNOWN_STEP_HANDLER']);
    await load({ definitions: [workflow], ignoreHandlers: true });
    expect(definitions.size).toBe(1);
  });

  it('asks for variables of the environment in force only', async () => {
    const section = '{ step_templates: [{ name: a, handler_config: { u: "${ONLY_THERE}" } }] }';
    await writeFile(join(cwd, 'x.yaml'), `name: x\nsteps: [{ name: a }]\nenvironments: { production: ${section} }\n`);
    await load({ definitions: ['x.yaml'] });
    [definitions, handlers] = [new DefinitionRegistry(), new StepHandlerRegistry()];
    expect(await refusal({ definitions: ['x.yaml'], environment: 'production' })).toEqual([
      'x.yaml:3 MISSING_VARIABLE',
    ]);
  });

  it('reports what all environments share once', async () => {
    const text =
      'name: x\nsteps: [{ name: a, retry_limit: 0 }]\nenvironments: { test: { description: t }, production: { description: p } }\n';
    await writeFile(join(cwd, 'x.yaml'), text);
    expect(await refusal({ definitions: ['x.yaml'] })).toEqual(['x.yaml:2 INVALID_DEFINITION']);
  });

  it('has nothing to do without definitions', async () => {
    expect(await load({})).toEqual({ files: [], warnings: [] });
  });
});
