/** What the tests of the documentation read: Markdown files, their code blocks and their links. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export interface Markdown {
  /** From the repository's root, e.g. `docs/rest.md`. */
  readonly name: string;
  readonly text: string;
}

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** Line of the file on which the block begins. */
  readonly line: number;
}

export interface Link {
  readonly target: string;
  /** The file or folder meant, from the repository's root. */
  readonly path: string;
  /** What stands behind the `#`. */
  readonly anchor: string | undefined;
}

export function readMarkdown(name: string): Markdown {
  return { name, text: readFileSync(join(ROOT, name), 'utf8') };
}

/** The README and everything in `docs/`. */
export function documents(): Markdown[] {
  const pages = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
  return ['README.md', ...pages.sort().map((file) => `docs/${file}`)].map(readMarkdown);
}

export function codeBlocks({ text }: Markdown, ...languages: string[]): CodeBlock[] {
  const found = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1]!,
    text: match[2]!,
    line: text.slice(0, match.index).split('\n').length + 1,
  }));
  return found.filter(({ language }) => languages.includes(language));
}

/** Links into this repository. */
export function relativeLinks({ name, text }: Markdown): Link[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`(?!\])/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return targets
    .filter((target) => !/^[a-z]+:/i.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#', 2);
      const full = path === '' ? join(ROOT, name) : join(ROOT, dirname(name), path);
      return { target, path: relative(ROOT, full), anchor };
    });
}

/** The anchors that GitHub gives to the headings of a page. */
export function anchors({ text }: Markdown): string[] {
  const headings = text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} +(.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
