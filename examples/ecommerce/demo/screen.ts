import { styleText } from 'node:util';

export type Format = Parameters<typeof styleText>[0];
/** A piece of a line, in one format. */
export type Span = readonly [text: string, format?: Format];
export type Line = readonly Span[];

/** What a screen needs of `process.stdout`. */
export interface ScreenOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const TO_END_OF_LINE = '\u001B[K';
const TO_END_OF_SCREEN = '\u001B[J';

/**
 * Writes lines, and on a terminal a block of lines that is drawn again in place. The cursor is left where it belongs after
 * every write and never hidden, so there is nothing to restore, however the process ends.
 */
export class Screen {
  /** False for a pipe, a dumb terminal, CI and NO_COLOR: then there are only plain lines. */
  readonly isLive: boolean;
  private block: readonly Line[] = [];
  /** The widths of the block's lines as they stand on the terminal. */
  private drawn: readonly number[] = [];

  constructor(
    private readonly output: ScreenOutput,
    env: NodeJS.ProcessEnv,
  ) {
    const plain = env.TERM === 'dumb' || isSet(env.NO_COLOR) || (isSet(env.CI) && env.CI !== 'false');
    this.isLive = output.isTTY === true && !plain;
  }

  /** Writes a line, above the block when there is one. */
  line(...spans: Line): void {
    if (this.drawn.length === 0) this.output.write(`${this.render(spans)}\n`);
    else this.output.write(this.back() + this.render(spans) + TO_END_OF_LINE + '\n' + this.renderBlock());
  }

  /** Draws the block, over the one before. */
  draw(block: readonly Line[]): void {
    const back = this.back();
    this.block = block;
    this.output.write(back + this.renderBlock());
  }

  /** The block stays as it is; what follows goes below it. */
  settle(): void {
    this.block = [];
    this.drawn = [];
  }

  private renderBlock(): string {
    const { columns, rows } = this.output;
    const lines = this.block.slice(0, Math.max(1, (rows || 24) - 1)).map((line) => clip(line, (columns || 80) - 1));
    this.drawn = lines.map(widthOf);
    return lines.map((line) => `${this.render(line)}${TO_END_OF_LINE}\n`).join('') + TO_END_OF_SCREEN;
  }

  private render(line: Line): string {
    return line.map(([text, format]) => this.paint(printable(text), format)).join('');
  }

  private paint(text: string, format: Format | undefined): string {
    return format !== undefined && this.isLive ? styleText(format, text, { validateStream: false }) : text;
  }

  /** Back to the first line of the block, whose lines wrap when the window has become narrower since. */
  private back(): string {
    if (this.drawn.length === 0) return '';
    const columns = this.output.columns || 80;
    const rows = this.drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return `\u001B[${rows}A\r`;
  }
}

/** Without what does not fit into so many columns. */
function clip(line: Line, columns: number): Line {
  if (widthOf(line) <= columns) return line;
  let left = columns - 1;
  const kept = line.map(([text, format]): Span => {
    const part = text.slice(0, left);
    left -= part.length;
    return [part, format];
  });
  return [...kept, ['…']];
}

function widthOf(line: Line): number {
  return line.reduce((sum, [text]) => sum + text.length, 0);
}

/** What came from outside, an error message for one, must not move the cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
