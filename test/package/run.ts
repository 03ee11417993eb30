import { execFile } from 'node:child_process';

/** Runs a command to its end and returns its output; a failure shows all it wrote. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<string> {
  // What jest was given is not for npm, tsc and the hosts.
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: '', ...options.env };
  return new Promise((done, fail) => {
    execFile(
      command,
      args,
      { cwd: options.cwd, env, timeout: 120_000, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        if (error === null) done(stdout);
        else
          fail(new Error(`${command} ${args.join(' ')} failed (${error.signal ?? error.code})\n${stdout}\n${stderr}`));
      },
    );
  });
}
