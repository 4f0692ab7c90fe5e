/** The suite that compares numbers with Python; without Python it says so and runs nothing. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ensurePython } from './python.ts';

function findPython(): string | null {
  try {
    return ensurePython();
  } catch (error) {
    // A Python that was asked for by name has to work; one that cannot be had here is no failure of ours.
    if (process.env.ONRAMP_PYTHON) throw error;
    process.stderr.write(`The oracle suite is skipped: ${(error as Error).message}\n`);
    return null;
  }
}

const python = findPython();

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: python === null ? [] : ['test/oracle/**/*.test.ts'],
    passWithNoTests: python === null,
    env: { ONRAMP_PYTHON: python ?? '' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
