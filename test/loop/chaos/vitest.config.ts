/** The long tests of the whole platform: many kills, real minutes. `npm run test:chaos` builds and runs them. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../../..', import.meta.url)),
    include: ['test/loop/chaos/*.chaos.ts'],
    // One loads the machine to the limit, which would starve the others.
    fileParallelism: false,
    testTimeout: 20 * 60_000,
    hookTimeout: 120_000,
  },
});
