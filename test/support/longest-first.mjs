/**
 * The order of the spec files: those that take longest first, so that the run does not end with one of them alone. Jest
 * knows that from its cache; a fresh clone has none, and would go by the size of the files.
 */
import Sequencer from '@jest/test-sequencer';

/** By folder or file, longest first. What is not named comes after them, as Jest has it. */
const LONGEST = [
  '/test/chaos/chaos.spec.ts',
  '/test/persistence/engine-model.spec.ts',
  '/test/bullmq/',
  '/test/package/',
  '/test/e2e/demo.spec.ts',
  '/test/chaos/',
  '/examples/',
  '/test/cli/',
  '/test/e2e/',
  '/test/rest/',
  '/test/engine/',
];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = LONGEST.findIndex((part) => path.replaceAll('\\', '/').includes(part));
      return index < 0 ? LONGEST.length : index;
    };
    // A stable sort: within a rank it stays as it was.
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}
