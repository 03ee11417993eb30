/** docs/events.md lists what the catalogue of the code has, in its words. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM_EVENTS } from '../../src/core/events/catalogue.js';
import { LEFT_OUT } from '../../src/core/events/left-out.js';
import { ROOT } from './markdown.js';
import { generatedPart, renderCatalogue, renderLeftOut, withGenerated } from './render-events.js';

const PAGE = join(ROOT, 'docs/events.md');
const HOW_TO_UPDATE = 'TASKER_UPDATE_EVENTS_DOC=1 npm test -- test/docs/events.spec.ts';
const PARTS = [
  ['catalogue', renderCatalogue()],
  ['left out', renderLeftOut()],
] as const;

it.each(PARTS)('shows the %s as the code has it', (name, text) => {
  let page = readFileSync(PAGE, 'utf8');
  if (process.env.TASKER_UPDATE_EVENTS_DOC === '1') {
    page = withGenerated(page, name, text);
    writeFileSync(PAGE, page);
  }
  if (generatedPart(page, name) === text) return;
  throw new Error(
    `The part "${name}" of docs/events.md is not what src/core/events says. It is generated; run\n` +
      `  ${HOW_TO_UPDATE}\nand commit the page.`,
  );
});

it('names every event there is, and every one that is left out', () => {
  const page = readFileSync(PAGE, 'utf8');
  const names = [...SYSTEM_EVENTS.map(({ name }) => name), ...LEFT_OUT.flatMap((group) => group.names)];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
