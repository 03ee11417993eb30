import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/testing/embedded-postgres.js';
import { startProcess } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

async function query<T extends object>(connectionString: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function setting(url: string, name: string): Promise<string | undefined> {
  const rows = await query<{ setting: string }>(url, `select setting from pg_settings where name = '${name}'`);
  return rows[0]?.setting;
}

describe('an embedded PostgreSQL', () => {
  it('runs beside another one, on loopback only, and leaves nothing', async () => {
    const [one, other] = await Promise.all([
      startEmbeddedPostgres({ flags: ['-c', 'max_connections=33'] }),
      startEmbeddedPostgres(),
    ]);
    const folder = (await setting(one.url, 'data_directory')) ?? '';
    expect(other.port).not.toBe(one.port);
    expect(await setting(one.url, 'max_connections')).toBe('33');
    expect(await setting(one.url, 'fsync')).toBe('off');
    expect(await setting(one.url, 'listen_addresses')).toBe('127.0.0.1');
    expect(existsSync(folder)).toBe(true);

    await Promise.all([one.stop(), one.stop(), other.stop()]);
    await one.stop();
    expect(existsSync(dirname(folder))).toBe(false);
    await expect(query(one.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  it('asks for a password', async () => {
    const server = await startEmbeddedPostgres();
    const guess = new URL(server.url);
    guess.password = 'postgres';
    await expect(query(guess.href, 'select 1')).rejects.toThrow('password authentication failed');
    await server.stop();
  });

  it('keeps its data in a folder that was named, and is durable when asked', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tasker-kept-'));
    try {
      const first = await startEmbeddedPostgres({ dataDir, durable: true });
      expect(await setting(first.url, 'fsync')).toBe('on');
      await query(first.url, 'create table kept as select 7 as seven');
      await first.stop();
      const second = await startEmbeddedPostgres({ dataDir });
      expect(await query(second.url, 'select * from kept')).toEqual([{ seven: 7 }]);
      await second.stop();
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  });

  it('says what the server said when it cannot start', async () => {
    const first = await startEmbeddedPostgres();
    await expect(startEmbeddedPostgres({ port: first.port })).rejects.toThrow(
      /did not start on port \d+ \(exit code 1\)[^]*Address already in use/,
    );
    await first.stop();
    await expect(startEmbeddedPostgres({ flags: ['-c', 'nonsense=1'] })).rejects.toThrow(
      'unrecognized configuration parameter "nonsense"',
    );
  });

  it.concurrent.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'crash', 'forget'] as const)(
    'ends with the process that started it (%s)',
    async (ending) => {
      const host = startProcess('test/support/fixtures/embedded-postgres-host.ts', { args: [ending] });
      const line = await host.waitForLine(/^server /);
      const { folder, pid } = JSON.parse(line.slice('server '.length)) as { folder: string; pid: string };
      if (ending.startsWith('SIG')) await host.kill(ending as NodeJS.Signals);
      else expect((await host.exited).code).toBe(ending === 'crash' ? 1 : 0);
      await waitFor(() => !isRunning(Number(pid)) && !existsSync(dirname(folder)), { message: 'nothing to be left' });
    },
  );
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
