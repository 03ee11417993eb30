/** What docs/operating.md tells an operator to type works as it stands. */
import { type Command } from 'commander';
import pg from 'pg';
import { buildProgram } from '../../src/cli/program.js';
import { createTestDatabase } from '../support/database.js';
import { codeBlocks, readMarkdown } from './markdown.js';

const page = readMarkdown('docs/operating.md');
const statements = codeBlocks(page, 'sql').map(({ text }) => text);
const commands = codeBlocks(page, 'sh')
  .flatMap(({ text }) => text.split('\n'))
  .filter((line) => line.startsWith('tasker '))
  .map((line) => line.replace(/\s+#.*$/, ''));

it('shows queries and commands', () => {
  expect(statements.length).toBeGreaterThan(1);
  expect(commands.length).toBeGreaterThan(8);
});

it('has queries that the schema knows', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
  await database.drop();
});

it.each(commands)('shows a command that there is: %s', (line) => {
  const words = line
    .replaceAll(/"[^"]*"/g, 'text')
    .split(/\s+/)
    .slice(1);
  let command: Command = buildProgram();
  while (words.length > 0) {
    const next = command.commands.find((sub) => sub.name() === words[0]);
    if (!next) break;
    command = next;
    words.shift();
  }
  const unknown = words.filter(
    (word) => word.startsWith('--') && !command.options.some((option) => option.long === word),
  );
  expect(unknown).toEqual([]);
  expect(command.commands).toEqual([]);
});

it('names every command there is', () => {
  const names = (command: Command, path: string): string[] =>
    command.commands.length === 0 ? [path] : command.commands.flatMap((sub) => names(sub, `${path} ${sub.name()}`));
  const operating = names(buildProgram(), 'tasker').filter((name) => !name.startsWith('tasker migrate'));
  expect(operating.filter((name) => !commands.some((line) => line.startsWith(name)))).toEqual([]);
});
