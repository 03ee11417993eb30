import { startProcess } from './processes.js';
import { waitFor } from './wait-for.js';

const ECHO = 'test/support/fixtures/echo.ts';

describe('startProcess', () => {
  it('runs a TypeScript file of the repository, with its imports, arguments and environment', async () => {
    const echo = startProcess(ECHO, { args: ['one'], env: { ECHO: 'two' } });
    expect(await echo.waitForLine(/^echo/)).toBe('echo one two complete');
    expect(await echo.kill('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('fails a wait when the process ends first, and shows what it wrote', async () => {
    const echo = startProcess(ECHO, { args: ['throw'] });
    await expect(echo.waitForLine('never')).rejects.toThrow(/ended \(1\)[^]*echo was told to throw/);
    expect(await echo.exited).toEqual({ code: 1, signal: null });
  });

  it('leaves no grandchild behind when its own parent is killed', async () => {
    const parent = startProcess('test/support/fixtures/parent.ts', { args: [ECHO] });
    const grandchild = Number(/\d+/.exec(await parent.waitForLine('grandchild'))?.[0]);
    await parent.kill('SIGKILL');
    await waitFor(() => !isRunning(grandchild), { message: 'the grandchild to end' });
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
