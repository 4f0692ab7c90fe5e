import { execFile as execute } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { packageFunction } from '../scripts/package.ts';
import { functionNames } from '../scripts/targets.ts';
import { filesIn, folderBytes, zipBytes } from '../scripts/zip-size.ts';
import { exampleModel } from './runtime/example-model.ts';
import { proxyEvent, routeOf } from './runtime/proxy-events.ts';
import { publishModels } from './runtime/published-models.ts';

const execFile = promisify(execute);
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

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

test.each(['predict', 'generate', 'prepare'])(
  'what %s loads before its first request is under 250 KB',
  (name) => {
    const files = eagerFiles(name);

    const bytes = files
      .map((file) => statSync(join(dist, name, file)).size)
      .reduce((sum, size) => sum + size);

    expect(bytes).toBeLessThan(250_000);
  },
);

test('predict holds no training, no DuckDB and, before its first request, no SDK and no schemas', () => {
  const all = readdirSync(join(dist, 'predict')).filter((file) => file.endsWith('.js'));

  const sources = all.flatMap((file) => sourcesOf('predict', file));
  const eager = eagerFiles('predict').flatMap((file) => sourcesOf('predict', file));

  expect(
    sources.filter((path) =>
      /lib\/(train|autodiff|pipeline|evaluate|images)\/|@duckdb|aws-cdk|sharp/.test(path),
    ),
  ).toEqual([]);
  expect(eager.filter((path) => /node_modules\/(@aws-sdk|@smithy|zod)\//.test(path))).toEqual([]);
  expect(eager.some((path) => path.includes('lib/serve/'))).toBe(true);
});

test('prepare holds no SDK, no DuckDB and no models: nothing but what decodes', () => {
  const all = readdirSync(join(dist, 'prepare')).filter((file) => file.endsWith('.js'));

  const sources = all.flatMap((file) => sourcesOf('prepare', file));

  expect(
    sources.filter((path) =>
      /node_modules\/(@aws-sdk|@smithy|@duckdb|zod|onnxruntime)|lib\/serve\//.test(path),
    ),
  ).toEqual([]);
  expect(sources.some((path) => path.includes('node_modules/sharp/'))).toBe(true);
  expect(eagerFiles('prepare').flatMap((file) => sourcesOf('prepare', file))).not.toContainEqual(
    expect.stringContaining('node_modules/sharp/'),
  );
});

test('generate holds no models of its own and, before its first request, no SDK and no route table', () => {
  const all = readdirSync(join(dist, 'generate')).filter((file) => file.endsWith('.js'));

  const sources = all.flatMap((file) => sourcesOf('generate', file));
  const eager = eagerFiles('generate').flatMap((file) => sourcesOf('generate', file));

  expect(
    sources.filter((path) => /lib\/(train|autodiff|pipeline|onnx|serve)\/|onnxruntime|@duckdb/.test(path)),
  ).toEqual([]);
  expect(eager.filter((path) => /node_modules\/(@aws-sdk|@smithy)\/|contracts\/routes/.test(path))).toEqual(
    [],
  );
  expect(sources.some((path) => path.includes('@aws-sdk/client-sagemaker-runtime'))).toBe(true);
});

test('the worker threads of training lie beside its bundle', () => {
  expect(existsSync(join(dist, 'train', 'tree-worker.js'))).toBe(true);
});

/** The folder with a function's zip file's content for a processor; a library for it may have to be fetched once. */
const deployed = (name: string, architecture: 'arm64' | 'x64'): string =>
  packageFunction({ root, name, architecture });

test.each([
  ['predict', 12_000_000],
  // Where callers wait for the first picture.
  ['prepare', 10_000_000],
  ['train', 60_000_000],
])('the zip file of %s stays below %i bytes', { timeout: 120_000 }, (name, limit) => {
  const folder = deployed(name, 'arm64');

  const bytes = zipBytes(folder);

  // Most of it are libraries: without them the figure would say nothing.
  expect(bytes).toBeGreaterThan(limit / 3);
  expect(bytes).toBeLessThan(limit);
});

test.each(functionNames(root))('%s, unzipped, stays far below the 250 MB that Lambda allows', (name) => {
  const folder = deployed(name, 'arm64');

  // The largest have DuckDB, the runtime of models and the decoder of pictures.
  expect(folderBytes(folder)).toBeLessThan(125_000_000);
  expect(filesIn(folder).filter((file) => /\.map$|x64|darwin|win32|musl/.test(file))).toEqual([]);
});

test('predict can be had for the other processor', () => {
  const folder = deployed('predict', 'x64');

  expect(filesIn(folder)).toContain(
    'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
  );
  expect(folderBytes(folder)).toBeLessThan(80_000_000);
});

test('the first predictions load the runtime and the model, and neither the SDK nor DuckDB', async () => {
  const models = await publishModels({ 'heart/1': exampleModel() });
  onTestFinished(models.close);
  const folder = models.environment.TMPDIR!;
  const request = {
    path: { model: 'heart' },
    body: { instances: [{ age: 64, sex: 'F' }] },
  };
  const events = [proxyEvent(routeOf('predict'), request), proxyEvent(routeOf('predict'), request)];
  writeFileSync(join(folder, 'events.json'), JSON.stringify(events));

  const script = join(root, 'test/runtime/first-request.mjs');
  const handler = pathToFileURL(join(dist, 'predict/index.js')).href;
  const files = [join(folder, 'events.json'), join(folder, 'report.json')];
  await execFile(process.execPath, [script, handler, ...files], { env: models.environment });
  const { before, after, answers, builtins } = JSON.parse(readFileSync(files[1]!, 'utf8'));

  expect(answers.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([200, 200]);
  expect(JSON.parse(answers[0].body).predictions[0].probabilities).toEqual({ no: 0.75, yes: 0.25 });
  const sources = (urls: string[]): string[] =>
    urls
      .map((url) => basename(url))
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) => sourcesOf('predict', file));
  expect(sources(before).some((path) => path.includes('node_modules/onnxruntime-node/'))).toBe(true);
  expect(sources(after).filter((path) => /node_modules\/@(aws-sdk|smithy|duckdb)\//.test(path))).toEqual([]);
  // Node's fetch takes longer to load than all of this.
  expect(builtins.filter((name: string) => name.includes('undici'))).toEqual([]);
  expect(builtins).toContain('NativeModule http');
});
