import { readFile, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { type DefinitionIssue } from '../core/errors.js';

const EXTENSIONS = /\.(ya?ml|json)$/i;

export interface DefinitionText {
  /** From the working directory, for messages. */
  readonly name: string;
  readonly text: string;
}

/**
 * Reads the definition files that the patterns name: files, directories (with everything below) or globs, absolute or from
 * `cwd`. Each file once, in order of name. A pattern without any definition file is an issue: it is a slip, or a file that
 * was not shipped.
 */
export async function readDefinitionFiles(
  patterns: readonly string[],
  cwd: string,
): Promise<{ files: readonly DefinitionText[]; issues: readonly DefinitionIssue[] }> {
  const issues: DefinitionIssue[] = [];
  const paths = new Set<string>();
  for (const pattern of patterns) {
    const found = await expand(pattern, cwd);
    const readable = found.filter((path) => EXTENSIONS.test(path));
    readable.forEach((path) => paths.add(path));
    if (readable.length === 0) {
      const message =
        found.length === 0
          ? `the definitions pattern "${pattern}" matches no file (looked in ${cwd})`
          : `the definitions pattern "${pattern}" matches no .yaml, .yml or .json file`;
      issues.push({ code: 'DEFINITION_FILE_NOT_FOUND', message, source: pattern });
    }
  }
  const files: DefinitionText[] = [];
  for (const path of [...paths].sort()) {
    const name = displayName(path, cwd);
    try {
      files.push({ name, text: await readFile(path, 'utf8') });
    } catch (error) {
      issues.push({ code: 'DEFINITION_FILE_NOT_READABLE', message: (error as Error).message, source: name });
    }
  }
  return { files, issues };
}

/** A pattern that is the very name of a file or directory means that one, whatever signs the name holds. */
async function expand(pattern: string, cwd: string): Promise<string[]> {
  const path = resolve(cwd, pattern);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return [path];
  const options = { absolute: true, onlyFiles: true, expandDirectories: false };
  if (found?.isDirectory()) return glob(['**/*'], { ...options, cwd: path });
  return glob([pattern.split(sep).join('/')], { ...options, cwd });
}

function displayName(path: string, cwd: string): string {
  const name = relative(cwd, path);
  return (name.startsWith('..') ? path : name).split(sep).join('/');
}
