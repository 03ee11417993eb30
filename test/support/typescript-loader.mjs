/**
 * Lets plain Node run the repository's TypeScript: `node --import ./test/support/typescript-loader.mjs entry.ts`.
 * Tests that need more than one process use it; no build is needed first, so they always run what is in the tree.
 */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
