import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

/** The files of a function that are loaded before its first request: the entry and what it imports at once. */
function eagerFiles(name: string): string[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(dist, name, file), 'utf8');
    // `from"./x.js"` and `import"./x.js"`; a lazy `import("./x.js")` has a bracket.
    for (const [, next] of text.matchAll(/\b(?:from|import)\s*"\.\/([^"]+)"/g)) visit(next!);
  };
  visit('index.js');
  return [...seen];
}

/** Paths of the sources that a built file was made of. */
function sourcesOf(name: string, file: string): string[] {
  const map: { readonly sources: string[] } = JSON.parse(
    readFileSync(join(dist, 'maps', name, `${file}.map`), 'utf8'),
  );
  return map.sources;
}

test('what predict loads before its first request is under 250 KB', () => {
  const files = eagerFiles('predict');

  const bytes = files
    .map((file) => statSync(join(dist, 'predict', file)).size)
    .reduce((sum, size) => sum + size);

  expect(bytes).toBeLessThan(250_000);
});

test('predict holds no training, no DuckDB and, before its first request, no SDK', () => {
  const all = readdirSync(join(dist, 'predict')).filter((file) => file.endsWith('.js'));

  const sources = all.flatMap((file) => sourcesOf('predict', file));
  const eager = eagerFiles('predict').flatMap((file) => sourcesOf('predict', file));

  expect(
    sources.filter((path) => /lib\/(train|autodiff|pipeline|evaluate)\/|@duckdb|aws-cdk/.test(path)),
  ).toEqual([]);
  expect(eager.filter((path) => /node_modules\/@(aws-sdk|smithy)\//.test(path))).toEqual([]);
  expect(eager.some((path) => path.includes('lib/serve/'))).toBe(true);
});

test('the worker threads of training lie beside its bundle', () => {
  expect(existsSync(join(dist, 'train', 'tree-worker.js'))).toBe(true);
});

test.each(['arm64', 'x64'])('predict and the runtime for linux/%s fit into a Lambda function', (arch) => {
  const runtime = join(modules, 'onnxruntime-node');
  const native = join(runtime, 'bin/napi-v6/linux', arch);

  const bytes = [
    join(dist, 'predict'),
    join(runtime, 'dist'),
    join(modules, 'onnxruntime-common/dist'),
    native,
  ]
    .map(sizeOfFolder)
    .reduce((sum, size) => sum + size);

  expect(readdirSync(native)).toEqual(
    expect.arrayContaining(['libonnxruntime.so.1', 'onnxruntime_binding.node']),
  );
  // Most of it is the runtime's library; Lambda's limit for everything unzipped is 250 MB.
  expect(sizeOfFolder(native)).toBeGreaterThan(10_000_000);
  expect(bytes).toBeLessThan(60_000_000);
});

function sizeOfFolder(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
