/** The suite that runs built functions under AWS's own runtime client; without the client it is left out aloud. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ensureRuntimeClient } from './runtime-client.ts';

function isAvailable(): boolean {
  try {
    ensureRuntimeClient();
    return true;
  } catch (error) {
    process.stderr.write(`test/runtime is skipped: ${(error as Error).message}\n`);
    return false;
  }
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: isAvailable() ? ['test/runtime/**/*.test.ts'] : [],
    passWithNoTests: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
