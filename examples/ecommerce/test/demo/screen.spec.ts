import { type Line, Screen } from '../../demo/screen.js';

/** What a terminal of 20 columns shows after all that was written; it knows what the screen uses, and no more. */
class Terminal {
  readonly isTTY = true;
  columns = 20;
  rows = 10;
  written = '';

  write(text: string): void {
    this.written += text;
  }

  get lines(): string[] {
    const lines = [''];
    let [row, column] = [0, 0];
    const put = (text: string, rest: string) => (lines[row] = (lines[row] ?? '').slice(0, column) + text + rest);
    // eslint-disable-next-line no-control-regex -- terminals are told what to do by control characters
    for (const [token, count] of this.written.matchAll(/\u001B\[(\d*)[A-Za-z]|[^\u001B]/g)) {
      if (token === '\r') column = 0;
      else if (token === '\n') {
        [row, column] = [row + 1, 0];
        lines[row] ??= '';
      } else if (token.endsWith('A') && count !== undefined) row -= Number(count);
      else if (token === '\u001B[K') put('', '');
      else if (token === '\u001B[J') lines.splice(row, Infinity, '');
      else if (token.length === 1) {
        put(token, (lines[row] ?? '').slice(column + 1));
        column++;
      }
    }
    return lines;
  }
}

const block = (...texts: string[]): Line[] => texts.map((text) => [[text]]);

describe('the screen', () => {
  let terminal: Terminal;
  let screen: Screen;

  beforeEach(() => {
    terminal = new Terminal();
    screen = new Screen(terminal, {});
  });

  it('draws a block over the one before', () => {
    screen.draw(block('one', 'two'));
    screen.draw(block('three', 'four', 'five'));
    expect(terminal.lines).toEqual(['three', 'four', 'five', '']);
  });

  it('leaves nothing of a longer block', () => {
    screen.draw(block('one', 'two', 'three'));
    screen.draw(block('four'));
    expect(terminal.lines).toEqual(['four', '']);
  });

  it('writes lines above the block, and below a settled one', () => {
    screen.draw(block('block'));
    screen.line(['above']);
    screen.settle();
    screen.line(['below']);
    expect(terminal.lines).toEqual(['above', 'block', 'below', '']);
  });

  it('cuts a block at the edge of the window, in both directions', () => {
    screen.draw(block('0123456789012345678901234', ...Array.from({ length: 12 }, String)));
    expect(terminal.lines[0]).toBe('012345678901234567…');
    expect(terminal.lines).toHaveLength(10);
  });

  it('finds the first line again in a window that has become narrower', () => {
    screen.draw(block('0123456789012', 'x'));
    terminal.written = '';
    terminal.columns = 10;
    screen.draw(block('y'));
    expect(terminal.written).toMatch(/^\u001B\[3A\r/); // eslint-disable-line no-control-regex
  });

  it('lets no text move the cursor', () => {
    screen.line(['a\u001B[2Jb\nc']);
    expect(terminal.written).toBe('a [2Jb c\n');
  });

  it('has colours on a terminal only, and never hides the cursor', () => {
    screen.line(['red', 'red']);
    screen.draw(block('x'));
    expect(terminal.written).toContain('\u001B[31mred\u001B[39m');
    expect(terminal.written).not.toContain('\u001B[?25l');
  });

  it.each([
    ['NO_COLOR', { NO_COLOR: '1' }],
    ['CI', { CI: 'true' }],
    ['a dumb terminal', { TERM: 'dumb' }],
  ])('has plain lines with %s', (_, env) => {
    const plain = new Screen(terminal, env);
    plain.line(['red', 'red']);
    expect(plain.isLive).toBe(false);
    expect(terminal.written).toBe('red\n');
  });

  it('has plain lines in a pipe', () => {
    expect(new Screen({ write: () => true }, {}).isLive).toBe(false);
    expect(new Screen(terminal, { NO_COLOR: '', CI: 'false' }).isLive).toBe(true);
  });
});
