/** What docs/logging.md says of lines, options and names is what the library does. */
import { asText, LogEntry, type LogLine } from '../../src/core/log-entry.js';
import { Redactor } from '../../src/core/redaction.js';
import { DEFAULT_SECRET_KEYS } from '../../src/core/secret-keys.js';
import { resolveOptions } from '../../src/tasker.options.js';
import { codeBlocks, readMarkdown } from './markdown.js';

const page = readMarkdown('docs/logging.md');
const words = [...page.text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);

const LINE: LogLine = {
  at: new Date('2026-01-31T12:00:00.123Z'),
  level: 'warn',
  component: 'TaskerStep',
  message: 'low stock',
  facts: { correlation_id: 'req-7', task_id: 12, step_id: 40, step: 'reserve', attempt: 1 },
  fields: { sku: 'x1' },
  process: { environment: 'production', tasker_version: '0.1.0', process_id: 4711 },
};

it('shows a line as it is written', () => {
  const [json] = codeBlocks(page, 'json');
  expect(JSON.stringify(JSON.parse(json!.text))).toBe(JSON.stringify(new LogEntry(LINE)));
  expect(page.text).toContain(`\`\`\`\n${asText(LINE)}\n\`\`\``);
});

it('names every option with its default', () => {
  const { logging, redaction } = resolveOptions({});
  const { keys, except, ...others } = redaction;
  const defaults = { ...Object.fromEntries(Object.entries(others)), ...logging };
  for (const [name, value] of Object.entries(defaults)) {
    const shown = typeof value === 'string' ? `'${value}'` : String(value);
    expect(page.text).toMatch(
      new RegExp(`\\| \`(logging|redaction)\\.${name}\` \\| \`${shown.replace(/[[\]]/g, '\\$&')}\` \\|`),
    );
  }
  expect(Object.keys({ keys, except }).every((name) => words.includes(`redaction.${name}`))).toBe(true);
});

it('names what is taken for a secret', () => {
  const texts = DEFAULT_SECRET_KEYS.filter((key) => typeof key === 'string');
  expect(texts.filter((key) => !words.includes(key))).toEqual([]);
  const redactor = new Redactor();
  const said = /Names of secrets contain ([\s\S]*?) as a word\./.exec(page.text)![1]!;
  for (const [, name] of said.matchAll(/`(\w+)`/g))
    expect([name, redactor.isSecret(`x_${name}`)]).toEqual([name, true]);
  for (const name of ['idempotency_key', 'primary_key', 'max_tokens']) expect(redactor.isSecret(name)).toBe(false);
});
