/** What docs/webhooks.md says of options, headers and signatures is what the library does. */
import { signWebhook, WEBHOOK_HEADERS } from '../../src/core/webhook-signature.js';
import { resolveOptions } from '../../src/tasker.options.js';
import { codeBlocks, readMarkdown } from './markdown.js';

const page = readMarkdown('docs/webhooks.md');

it('names every option with its default', () => {
  for (const [name, value] of Object.entries(resolveOptions({}).webhooks)) {
    expect(page.text).toContain(`| \`webhooks.${name}\` | \`${JSON.stringify(value)}\` |`);
  }
});

it('names every header', () => {
  for (const name of Object.values(WEBHOOK_HEADERS)) expect(page.text).toContain(`| \`${name}\` |`);
});

it('shows how to verify without this package', async () => {
  const [block] = codeBlocks(page, 'js');
  const url = `data:text/javascript,${encodeURIComponent(block!.text)}`;
  const { isGenuine } = (await import(url)) as {
    isGenuine: (headers: object, body: string, secret: string) => boolean;
  };
  const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
  const headersAt = (timestamp: number) => ({
    [WEBHOOK_HEADERS.id]: 'e1',
    [WEBHOOK_HEADERS.timestamp]: String(timestamp),
    [WEBHOOK_HEADERS.signature]: signWebhook('e1', timestamp, '{}', ['x'.repeat(30), secret]),
  });
  const now = Math.floor(Date.now() / 1000);
  expect(isGenuine(headersAt(now), '{}', secret)).toBe(true);
  expect(isGenuine(headersAt(now), '{ }', secret)).toBe(false);
  expect(isGenuine(headersAt(now - 400), '{}', secret)).toBe(false);
});
