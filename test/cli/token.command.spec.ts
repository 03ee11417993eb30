import { useTestApps } from '../support/use-test-apps.js';
import { tasker } from '../support/tasker-command.js';

const test = useTestApps();
const token = (...args: string[]) => tasker(test.database.url, 'token', ...args);

beforeEach(() => test.sql('delete from tasker_api_tokens'));

it('makes one, prints it once, lists it without it, and revokes it', async () => {
  expect(await token('list')).toEqual({ code: 0, lines: ['There is no token.'] });
  const made = await token('create', 'ci', '--scope', 'task.*', '*.show', '--namespace', 'payments', '--by', 'ann');
  const [text, standing, what] = made.lines;
  expect(made.code).toBe(0);
  expect(text).toMatch(/^tasker_[0-9a-f]{16}_[\w-]{43}$/);
  expect(standing).toMatch(/^ci: until 20\d\d-.*Z, never used$/);
  expect(what).toBe(`    ${text!.slice(0, 23)}_… may task.* *.show in payments`);
  expect((await token('list')).lines).toEqual([standing, what]);
  const { lines } = await token('list', '--json');
  expect(lines.join('')).not.toContain(text!.slice(24));
  expect(JSON.parse(lines.join(''))).toMatchObject({ tokens: [{ name: 'ci', createdBy: 'ann', lastUsedAt: null }] });

  expect(await token('revoke', 'ci', '--by', 'ann')).toEqual({
    code: 0,
    lines: [`revoked ci (${text!.slice(0, 23)})`],
  });
  expect((await token('list')).lines).toEqual(['There is no token.']);
  expect((await token('list', '--all')).lines[0]).toMatch(/^ci: revoked 20/);
  expect(await token('revoke', 'ci')).toMatchObject({ code: 1, lines: [expect.stringContaining('TOKEN_NOT_FOUND')] });
});

it('lets it last as long as it is told to', async () => {
  const days = async (...args: string[]) => {
    const { lines } = await token('create', `t${args.join('')}`, '--scope', '*', '--json', ...args);
    const { expiresAt, createdAt } = JSON.parse(lines.join('')) as { expiresAt: string | null; createdAt: string };
    return expiresAt === null ? null : Math.round((Date.parse(expiresAt) - Date.parse(createdAt)) / 86_400_000);
  };
  expect(await days()).toBe(90);
  expect(await days('--expires-in', '48h')).toBe(2);
  expect(await days('--expires-in', 'never')).toBeNull();
});

it.each([
  [2, ['create', 'x'], 'required option'],
  [2, ['create', 'x', '--scope', '*', '--expires-in', 'soon'], 'Must be 90d, 12h, 30m, or never'],
  [1, ['create', 'x', '--scope', 'task.cancle'], 'Did you mean "task.cancel"?'],
])('says with code %i what is wrong with %j', async (code, args, message) => {
  const answer = await token(...args);
  expect(answer.code).toBe(code);
  expect(answer.lines.join('\n')).toContain(message);
  expect(await test.sql('select from tasker_api_tokens')).toEqual([]);
});
