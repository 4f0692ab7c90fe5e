/** The suite that lets other people's clients speak to our servers; without Python it says so and runs nothing. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ensureS3Clients } from './s3-python.ts';

function findPython(): string | null {
  try {
    return ensureS3Clients();
  } catch (error) {
    // A Python that was asked for by name has to work; one that cannot be had here is no failure of ours.
    if (process.env.ONRAMP_PYTHON) throw error;
    process.stderr.write(`The interop suite is skipped: ${(error as Error).message}\n`);
    return null;
  }
}

const python = findPython();

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: python === null ? [] : ['test/interop/**/*.test.ts'],
    passWithNoTests: python === null,
    env: { ONRAMP_PYTHON: python ?? '' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
