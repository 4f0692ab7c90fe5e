import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { packageFunction } from '../../scripts/package.ts';
import { filesIn } from '../../scripts/zip-size.ts';
import { createFolder, write } from './folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const library = 'node_modules/@duckdb/node-bindings-linux-arm64';

const platforms = ['darwin-arm64', 'linux-arm64', 'linux-arm64-musl', 'linux-x64', 'win32-arm64'];
const libraries = {
  train: platforms.map((platform) => `@duckdb/node-bindings-${platform}/duckdb.node`),
  control: [],
};

/** A project in small, built, with one function that loads a library and one that does not. */
const project: Readonly<Record<string, string>> = {
  'dist/build.json': JSON.stringify({ libraries }),
  'dist/train/index.js': 'export const handler = 1;',
  'dist/control/index.js': 'export const handler = 2;',
};

const createProject = (): string => createFolder(project);

/** npm's archive of a package with a library, as a registry hands it out. */
function tarball(text: string): Buffer {
  const folder = createFolder({
    'package/package.json': '{"name":"@duckdb/node-bindings-linux-arm64","version":"1.0.0"}',
    'package/duckdb.node': text,
    'package/libduckdb.so': text,
  });
  execFileSync('tar', ['-czf', 'package.tgz', 'package'], { cwd: folder });
  return readFileSync(join(folder, 'package.tgz'));
}

const integrityOf = (archive: Buffer): string =>
  `sha512-${createHash('sha512').update(archive).digest('base64')}`;

/** What the registry answers; on a thread of its own, as fetching holds this one. */
const registry = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    if (request.url.endsWith('.tgz')) return response.end(workerData.archive);
    const tarball = 'http://' + request.headers.host + '/library-1.0.0.tgz';
    const name = '@duckdb/node-bindings-linux-arm64';
    const version = { name, version: '1.0.0', dist: { tarball, integrity: workerData.integrity } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port }));`;

/** Names a registry on this machine in the project's settings, and the package in its lock file. */
async function serveRegistry(folder: string, archive: Buffer, locked = archive): Promise<void> {
  const workerData = { archive, integrity: integrityOf(archive) };
  const worker = new Worker(registry, { eval: true, workerData });
  onTestFinished(() => worker.terminate().then(() => {}));
  const [{ port }] = await once(worker, 'message');
  configure(folder, port, locked);
}

function configure(folder: string, port: number, locked: Buffer): void {
  // Set where npm runs the tests, it would win over the project's own setting.
  vi.stubEnv('npm_config_cache', undefined);
  const settings = [
    `registry=http://127.0.0.1:${port}/`,
    `cache=${folder}/cache`,
    'fetch-retries=0',
    'userconfig=none',
  ];
  write(join(folder, '.npmrc'), settings.join('\n'));
  const packages = { [library]: { version: '1.0.0', integrity: integrityOf(locked) } };
  write(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
}

afterEach(() => vi.unstubAllEnvs());

const packageTrain = (folder: string): string =>
  packageFunction({ root: folder, name: 'train', architecture: 'arm64' });

test('a function is deployed as it was built, with one runtime for the other machine', () => {
  const folder = packageFunction({ root, name: 'predict', architecture: 'arm64' });

  const built = join(root, 'dist/predict');
  const own = readdirSync(built).filter((name) => !name.endsWith('.tmp'));
  const files = filesIn(folder);
  expect(files.filter((file) => !file.startsWith('node_modules')).sort()).toEqual(own.sort());
  for (const name of own) {
    expect(readFileSync(join(folder, name)).equals(readFileSync(join(built, name)))).toBe(true);
  }
  expect(files.filter((file) => file.startsWith('node_modules')).sort()).toEqual([
    'node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1',
    'node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/onnxruntime_binding.node',
    'node_modules/onnxruntime-node/package.json',
  ]);
});

test('the function that decodes pictures has the decoder for the other machine, and no other library', () => {
  const folder = packageFunction({ root, name: 'prepare', architecture: 'arm64' });

  const libraries = filesIn(folder).filter((file) => file.startsWith('node_modules'));
  const packaged = (name: string): string[] =>
    libraries.filter((file) => file.startsWith(`node_modules/@img/${name}/`));
  const [libvips, sharp] = [packaged('sharp-libvips-linux-arm64'), packaged('sharp-linux-arm64')];
  expect(libvips.filter((file) => file.includes('/lib/libvips-cpp.so.'))).toHaveLength(1);
  expect(sharp.filter((file) => file.endsWith('.node'))).toHaveLength(1);
  expect(sharp).toContain('node_modules/@img/sharp-linux-arm64/LICENSE');
  expect(libraries.sort()).toEqual([...libvips, ...sharp].sort());
});

test('what npm did not install for this machine is fetched from the registry that npm is told to use, once', async () => {
  const folder = createProject();
  await serveRegistry(folder, tarball('for arm64'));

  const packaged = packageTrain(folder);
  rmSync(join(folder, '.npmrc'));
  rmSync(join(folder, 'cache'), { recursive: true });
  packageTrain(folder);

  expect(readFileSync(join(packaged, library, 'libduckdb.so'), 'utf8')).toBe('for arm64');
  expect(filesIn(packaged).sort()).toEqual([
    'index.js',
    `${library}/duckdb.node`,
    `${library}/libduckdb.so`,
    `${library}/package.json`,
  ]);
});

test('a function that loads no library gets none', () => {
  const folder = createProject();

  const packaged = packageFunction({ root: folder, name: 'control', architecture: 'arm64' });

  expect(filesIn(packaged)).toEqual(['index.js']);
});

test('a second time only what changed is replaced, and what is no longer built is removed', async () => {
  const folder = createProject();
  write(join(folder, library, 'package.json'), '{}');
  write(join(folder, library, 'duckdb.node'), 'installed');
  write(join(folder, 'dist/train/chunk-old.js'), 'export {};');
  const packaged = packageTrain(folder);
  const before = statSync(join(packaged, 'index.js'));

  rmSync(join(folder, 'dist/train/chunk-old.js'));
  write(join(folder, 'dist/train/chunk-new.js'), 'export {};');
  packageTrain(folder);

  expect(readdirSync(packaged).sort()).toEqual(['chunk-new.js', 'index.js', 'node_modules']);
  expect(statSync(join(packaged, 'index.js')).ino).toBe(before.ino);
});

test('expected failure: a package with another digest than the lock file names is not used', async () => {
  const folder = createProject();
  await serveRegistry(folder, tarball('forged'), tarball('for arm64'));

  expect(() => packageTrain(folder)).toThrow(/not what package-lock.json names/);

  expect(readdirSync(join(folder, '.natives/@duckdb'))).toEqual([]);
  expect(existsSync(join(folder, 'dist/deploy'))).toBe(false);
});

test('expected failure: without a registry the message says what to run where there is one', () => {
  const folder = createProject();
  configure(folder, 1, Buffer.from('never fetched'));

  expect(() => packageTrain(folder)).toThrow(
    /@duckdb\/node-bindings-linux-arm64@1\.0\.0 could not be fetched; .*"npm run package"/,
  );
});

test('expected failure: a library that a package does not have for the processor', () => {
  const folder = createProject();
  const arm64Only = { libraries: { train: libraries.train.filter((path) => !path.includes('x64')) } };
  write(join(folder, 'dist/build.json'), JSON.stringify(arm64Only));

  expect(() => packageFunction({ root: folder, name: 'train', architecture: 'x64' })).toThrow(
    '@duckdb/node-bindings has no library for linux/x64',
  );
});

test('bad call: a function that is not built', () => {
  const folder = createProject();

  expect(() => packageFunction({ root: folder, name: 'generate', architecture: 'arm64' })).toThrow(
    'dist/generate is missing; run "npm run build"',
  );
});
