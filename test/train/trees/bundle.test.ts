/** Worker threads are found beside a bundle, and never keep a process alive. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const trees = new URL('../../../lib/train/trees/', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onramp-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

const program = `
  import { fitForest } from '${trees}fit-forest.ts';
  const rows = 50_000;
  const data = Float32Array.from({ length: 4 * rows }, (_, place) => Math.sin(place));
  const values = data.filter((_, place) => place % 4 === 1);
  const options = { seed: 1, trees: 10, maxDepth: 12, threads: 2 };
  const forest = await fitForest({ rows, columns: 4, data }, { task: 'regression', values }, options);
  console.log(forest.trees.length);
`;

test('a bundle with splitting fits by threads and its process ends by itself', async () => {
  await build({
    stdin: { contents: program, resolveDir: trees, sourcefile: 'main.ts' },
    outfile: join(folder, 'main.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  await build({
    entryPoints: [join(trees, 'tree-worker.ts')],
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });

  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'main.mjs')], {
    timeout: 15_000,
  });

  expect(stdout).toBe('10\n');
});
