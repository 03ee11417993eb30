/** What the documentation shows can be used as it stands, and what it lists is complete. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { TASK_STATES, STEP_STATES } from '../../src/core/states.js';
import {
  BACKOFF_KEYS,
  SCHEDULE_KEYS,
  STEP_KEYS,
  WORKFLOW_KEYS,
  writableKeys,
} from '../../src/definitions/yaml-keys.js';
import { FAILURE_CODES } from '../../src/engine/step-failure.js';
import { TASK_SORT_COLUMNS } from '../../src/persistence/task-list.js';
import { stepBodies } from '../../src/rest/bodies/step-body.js';
import { taskBody } from '../../src/rest/bodies/task-body.js';
import { CreateTaskDto } from '../../src/rest/input/create-task.dto.js';
import { STEP_SORT_FIELDS } from '../../src/rest/input/list-steps.js';
import { ListTasksDto } from '../../src/rest/input/list-tasks.dto.js';
import { readYaml } from '../definitions/read-yaml.js';
import { getMetadataStorage } from 'class-validator';
import { anchors, codeBlocks, documents, readMarkdown, relativeLinks, ROOT } from './markdown.js';

const PAGES = documents().map((page) => [page.name, page] as const);

describe('the TypeScript of the documentation', () => {
  let folder: string;

  beforeAll(() => {
    // Inside the repository, so that imports are resolved as those of a host.
    folder = mkdtempSync(join(ROOT, 'test/docs/.blocks-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('compiles', () => {
    const files = PAGES.flatMap(([, page]) => writeBlocks(page, folder));
    expect(files.length).toBeGreaterThan(15);
    expect(compile(files)).toEqual([]);
  });
});

describe('the YAML of docs/definitions.md', () => {
  const blocks = codeBlocks(readMarkdown('docs/definitions.md'), 'yaml');
  const definitions = blocks.filter(({ text }) => /^name:/m.test(text));

  it('has definitions in it', () => expect(definitions.length).toBeGreaterThan(1));

  it.each(definitions.map(({ line, text }) => [line, text] as const))('on line %i loads without issues', (_, text) => {
    for (const environment of ['development', 'test']) expect(readYaml(text, environment).issues).toEqual([]);
  });
});

describe('the JSON of the documentation', () => {
  it.each(PAGES)('can be parsed in %s', (_name, page) => {
    for (const { text } of codeBlocks(page, 'json')) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

describe('the links of the documentation', () => {
  it.each(PAGES)('lead to something in %s', (_name, page) => {
    const dead = relativeLinks(page).filter(({ path, anchor }) => {
      if (!existsSync(join(ROOT, path))) return true;
      return anchor !== undefined && path.endsWith('.md') && !anchors(readMarkdown(path)).includes(anchor);
    });
    expect(dead.map(({ target }) => target)).toEqual([]);
  });
});

describe('docs/definitions.md', () => {
  const words = inlineCode('docs/definitions.md');

  it('names every key that a file may have', () => {
    const keys = [WORKFLOW_KEYS, STEP_KEYS, BACKOFF_KEYS, SCHEDULE_KEYS].flatMap(writableKeys);
    expect(keys.filter((key) => !words.has(key))).toEqual([]);
  });

  it('explains every code that a definition can be refused with', () => {
    const sources = readdirSync(join(ROOT, 'src/definitions')).map((file) => `src/definitions/${file}`);
    const texts = [...sources, 'src/core/graph.ts'].map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');
    const codes = new Set([...texts.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map((match) => match[1]!));
    // The parser's word for what we call INVALID_YAML, and a programming error of ours.
    for (const inner of ['DUPLICATE_KEY', 'REGISTRY_FROZEN']) codes.delete(inner);
    expect(codes.size).toBeGreaterThan(20);
    expect([...codes].filter((code) => !words.has(code))).toEqual([]);
  });
});

describe('docs/handlers.md', () => {
  const words = inlineCode('docs/handlers.md');

  it('explains every failure that the engine finds', () => {
    expect(Object.values(FAILURE_CODES).filter((code) => !words.has(code))).toEqual([]);
  });
});

describe('docs/rest.md', () => {
  const words = inlineCode('docs/rest.md');
  const missing = (names: readonly string[]): string[] => names.filter((name) => !words.has(name));

  it('names every field and parameter that a request may have', () => {
    const fields = [CreateTaskDto, ListTasksDto].flatMap((Dto) =>
      getMetadataStorage()
        .getTargetValidationMetadatas(Dto, '', false, false)
        .map((rule) => rule.propertyName),
    );
    expect(fields.length).toBeGreaterThan(20);
    expect(missing([...fields, ...TASK_SORT_COLUMNS, ...STEP_SORT_FIELDS])).toEqual([]);
  });

  it('names every field of an answer', () => {
    const now = new Date();
    const error = { message: 'm', errorClass: 'E', permanent: false };
    const step = { taskId: 1, stepId: 1, parentIds: [], childIds: [], error };
    const dates = { requestedAt: now, createdAt: now, updatedAt: now };
    const task = { ...dates, steps: [step], annotations: [{ createdAt: now }] };
    const body = taskBody(task as never, now);
    const [shown] = stepBodies([step as never], now);
    const names = [body, shown!, shown!.error!, body.task_annotations[0]!].flatMap((part) => Object.keys(part));
    expect(missing(names)).toEqual([]);
  });

  it('names every state', () => expect(missing([...TASK_STATES, ...STEP_STATES])).toEqual([]));
});

/** Every word that stands in backticks on a page. */
function inlineCode(name: string): ReadonlySet<string> {
  const prose = readMarkdown(name).text.replace(/^```[\s\S]*?^```$/gm, '');
  return new Set([...prose.matchAll(/`([^`\n]+)`/g)].flatMap((match) => match[1]!.match(/\w+/g) ?? []));
}

/**
 * Writes the blocks that use the library, and those that name a file others may import. Returns their paths; a block keeps
 * its line numbers, so that what the compiler says points at the page.
 */
function writeBlocks(page: ReturnType<typeof readMarkdown>, folder: string): string[] {
  const paths: string[] = [];
  for (const { text, line } of codeBlocks(page, 'ts', 'typescript')) {
    const file = /^\/\/ (\S+\.ts)\n/.exec(text)?.[1];
    if (file === undefined && !/from 'nestjs-tasker/.test(text)) continue;
    const path = join(folder, page.name, file ?? `line-${line}.ts`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '\n'.repeat(line - 1) + text);
    paths.push(path);
  }
  return paths;
}

/** As strictly as our own sources. Each problem is `page:line message`. */
function compile(paths: readonly string[]): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const program = ts.createProgram(paths, { ...options, noEmit: true });
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, '\n');
    if (!file) return message;
    const page = /\.blocks-\w+\/(.+?\.md)\//.exec(relative(ROOT, file.fileName).replaceAll('\\', '/'))?.[1];
    return `${page ?? file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1} ${message}`;
  });
}
