import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDefinitionFiles } from '../../src/definitions/definition-files.js';

let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tasker-definitions-'));
  await mkdir(join(cwd, 'workflows/shop/deep'), { recursive: true });
  const files = [
    'a.yaml',
    'b.yml',
    'c.json',
    'readme.md',
    'shop/d.yaml',
    'shop/e (copy) [2].yaml',
    'shop/F.YAML',
    'shop/deep/!g.yaml',
  ];
  for (const file of files) await writeFile(join(cwd, 'workflows', file), `name: ${file}`);
});

afterAll(() => rm(cwd, { recursive: true }));

const names = async (...patterns: string[]): Promise<string[]> => {
  const { files, issues } = await readDefinitionFiles(patterns, cwd);
  expect(issues).toEqual([]);
  return files.map(({ name }) => name.replace('workflows/', ''));
};

describe('readDefinitionFiles', () => {
  it('reads files, globs and directories, from the working directory or from the root', async () => {
    expect(await names('workflows/a.yaml')).toEqual(['a.yaml']);
    expect(await names('./workflows/*.{yaml,yml}')).toEqual(['a.yaml', 'b.yml']);
    expect(await names('workflows/**/*.yaml')).toEqual([
      'a.yaml',
      'shop/d.yaml',
      'shop/deep/!g.yaml',
      'shop/e (copy) [2].yaml',
    ]);
    expect(await names(join(cwd, 'workflows/*.json'))).toEqual(['c.json']);
    expect(await names('workflows')).toEqual([
      'a.yaml',
      'b.yml',
      'c.json',
      'shop/F.YAML',
      'shop/d.yaml',
      'shop/deep/!g.yaml',
      'shop/e (copy) [2].yaml',
    ]);
  });

  it('passes over other files that a glob matches', async () => {
    expect(await names('workflows/*')).toEqual(['a.yaml', 'b.yml', 'c.json']);
  });

  it('takes the very name of a file as that file, whatever signs it holds', async () => {
    expect(await names('workflows/shop/e (copy) [2].yaml')).toEqual(['shop/e (copy) [2].yaml']);
    expect(await names('workflows/shop/F.YAML')).toEqual(['shop/F.YAML']);
    const { files } = await readDefinitionFiles(['!g.yaml'], join(cwd, 'workflows/shop/deep'));
    expect(files.map(({ name }) => name)).toEqual(['!g.yaml']);
  });

  it('reads each file once, in one order', async () => {
    expect(await names('workflows/b.yml', 'workflows/*', 'workflows/a.yaml')).toEqual(['a.yaml', 'b.yml', 'c.json']);
  });

  it('gives the text', async () => {
    const { files } = await readDefinitionFiles(['workflows/a.yaml'], cwd);
    expect(files).toEqual([{ name: 'workflows/a.yaml', text: 'name: a.yaml' }]);
  });

  it('names a file outside of the working directory in full', async () => {
    const { files } = await readDefinitionFiles([join(cwd, 'workflows/a.yaml')], join(cwd, 'workflows/shop'));
    expect(files.map(({ name }) => name)).toEqual([join(cwd, 'workflows/a.yaml')]);
  });

  it('reports every pattern that brings no definition', async () => {
    const { files, issues } = await readDefinitionFiles(
      ['nope/*.yaml', 'workflows/readme.md', 'workflows/a.yaml'],
      cwd,
    );
    expect(files).toHaveLength(1);
    expect(issues).toEqual([
      {
        code: 'DEFINITION_FILE_NOT_FOUND',
        message: `the definitions pattern "nope/*.yaml" matches no file (looked in ${cwd})`,
        source: 'nope/*.yaml',
      },
      {
        code: 'DEFINITION_FILE_NOT_FOUND',
        message: 'the definitions pattern "workflows/readme.md" matches no .yaml, .yml or .json file',
        source: 'workflows/readme.md',
      },
    ]);
  });
});
