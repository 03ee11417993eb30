/** The README's application, taken from the README: it compiles as strictly as ours and does what its comments say. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { startProcess } from '../support/processes.js';

const ROOT = join(import.meta.dirname, '../..');

describe('the application in the README', () => {
  let folder: string;
  let database: TestDatabase;
  let files: Map<string, string>;

  beforeAll(async () => {
    // Inside the repository, so that its imports are resolved as those of a host.
    folder = mkdtempSync(join(ROOT, 'test/e2e/.readme-'));
    files = codeBlocks(readFileSync(join(ROOT, 'README.md'), 'utf8'));
    for (const [name, text] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    database = await createEmptyDatabase({ label: 'readme' });
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  it('consists of the files it names', () => {
    expect([...files.keys()].sort()).toEqual([
      'src/app.module.ts',
      'src/main.ts',
      'src/order-steps.ts',
      'src/process-order.ts',
      'src/shop.ts',
    ]);
  });

  it('compiles', () => {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
      config: { compilerOptions: object };
    };
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
    const names = [...files.keys()].map((name) => join(folder, name));
    const program = ts.createProgram(names, { ...options, noEmit: true });
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
    expect(problems).toEqual([]);
  });

  it('runs the order to its end, the payment tried twice', async () => {
    const entry = relative(ROOT, join(folder, 'src/main.ts'));
    const host = startProcess(entry, { env: { APP_DATABASE_URL: database.url, PORT: '0' } });
    await host.waitForLine(/^complete$/, { timeoutMs: 30_000 });
    expect(host.lines.filter((line) => line.includes('attempts'))).toEqual([
      'validate_order complete 1 attempts { total: 42.5, order_id: 7 }',
      "process_payment complete 2 attempts { charged: 42.5, payment_id: 'pay_1' }",
    ]);
    expect(await host.kill('SIGTERM')).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});

/** The code blocks whose first line names a file. */
function codeBlocks(markdown: string): Map<string, string> {
  const blocks = markdown.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g);
  return new Map([...blocks].map(([, name, text]) => [name!, text!]));
}
