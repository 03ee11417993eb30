import { startProcess } from '../support/processes.js';

interface Planted {
  readonly file: string;
  readonly code: string;
}

/** ESLint, with the repository's own configuration, on files that do not exist. */
async function lint(planted: readonly Planted[]): Promise<string[][]> {
  const linter = startProcess('test/architecture/lint-planted.ts', { args: [JSON.stringify(planted)] });
  const line = await linter.waitForLine(/^\[/, { timeoutMs: 60_000 });
  return JSON.parse(line) as string[][];
}

const imports = (file: string, from: string): Planted => ({ file, code: `export * from '${from}';\n` });

describe('the direction of imports', () => {
  it('is held by the linter: what points upward or sideways is reported', async () => {
    const violations: [Planted, string][] = [
      [imports('src/core/planted.ts', '../engine/worker.js'), 'core may not import an upper or neighbouring room'],
      [imports('src/core/planted.ts', '@nestjs/common'), 'core is plain TypeScript'],
      [imports('src/core/planted.ts', 'node:fs'), 'core is plain TypeScript'],
      [imports('src/persistence/sql/planted.ts', '../../engine/worker.js'), 'persistence may not import'],
      [imports('src/engine/planted.ts', '../rest/rest.module.js'), 'engine may not import'],
      [imports('src/engine/maintenance/planted.ts', '../../bullmq/index.js'), 'engine may not import'],
      [imports('src/rest/planted.ts', '../graphql/graphql.module.js'), 'rest may not import'],
      [imports('src/health/planted.ts', '../testing/index.js'), 'health may not import'],
    ];
    const messages = await lint(violations.map(([planted]) => planted));
    expect(messages).toEqual(violations.map(([, message]): unknown[] => [expect.stringContaining(message)]));
  });

  it('leaves alone what points downward', async () => {
    const legal = [
      imports('src/core/planted.ts', 'node:crypto'),
      imports('src/core/planted.ts', './states.js'),
      imports('src/handlers/planted.ts', '../core/states.js'),
      imports('src/persistence/planted.ts', 'typeorm'),
      imports('src/engine/planted.ts', '../persistence/database.js'),
      imports('src/rest/planted.ts', '../engine/worker.js'),
      imports('src/testing/planted.ts', '../engine/worker.js'),
    ];
    expect(await lint(legal)).toEqual(legal.map(() => []));
  });
});
