import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { type BuildReport, buildAll } from '../../scripts/build.ts';
import { createFolder, write } from './folder.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** A project in small: two functions that share a module, one of which starts a worker thread. */
const project: Readonly<Record<string, string>> = {
  'functions/train/index.ts': `
    import { fit, open } from '../../lib/train/fit.ts';
    export const handler = async () => ({ version: process.env.ONRAMP_CODE_VERSION, answer: await fit(), open: typeof open });`,
  'functions/predict/index.ts': `
    import { shared } from '../../lib/shared.ts';
    export const handler = async () => ({ shared, late: (await import('../../lib/late.ts')).late });`,
  'functions/middleware/index.ts': `export const never = 1;`,
  'lib/shared.ts': `export const shared = 'shared';`,
  'lib/late.ts': `
    import { shared } from './shared.ts';
    const os = require('node:os');
    export const late = shared + ' late ' + typeof os.cpus;`,
  'lib/train/fit.ts': `
    import { Worker } from 'node:worker_threads';
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    export const fit = () => new Promise((resolve) => {
      new Worker(new URL(\`./tree-worker.\${extension}\`, import.meta.url)).once('message', resolve);
    });
    export const open = () => import('onnxruntime-node');`,
  'lib/train/tree-worker.ts': `
    import { parentPort } from 'node:worker_threads';
    parentPort!.postMessage('grown');`,
  'lib/train/unused-worker.ts': `export {};`,
};

interface Project {
  readonly dist: string;
  write(path: string, text: string): void;
  build(): Promise<BuildReport>;
  handlerOf(name: string): Promise<unknown>;
}

function createProject(): Project {
  const root = createFolder(project);
  symlinkSync(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  const dist = join(root, 'dist');
  return {
    dist,
    write: (path, text) => write(join(root, path), text),
    build: () => buildAll({ root, dist, silent: true }),
    handlerOf: async (name) => (await import(pathToFileURL(join(dist, name, 'index.js')).href)).handler(),
  };
}

test('each function gets a folder that runs, with its late parts and its worker threads', async () => {
  const { build, dist, handlerOf } = createProject();

  const report = await build();

  expect(readdirSync(dist).sort()).toEqual(['build.json', 'maps', 'predict', 'train']);
  expect(await handlerOf('predict')).toEqual({ shared: 'shared', late: 'shared late function' });
  expect(await handlerOf('train')).toEqual({
    version: report.codeVersion,
    answer: 'grown',
    open: 'function',
  });
  expect(readdirSync(join(dist, 'train'))).toContain('tree-worker.js');
  expect(readdirSync(join(dist, 'train'))).not.toContain('unused-worker.js');
  expect(readFileSync(join(dist, 'predict/package.json'), 'utf8')).toBe('{"type":"module"}\n');
});

test('libraries stay outside and are named for every platform; so do source maps', async () => {
  const { build, dist } = createProject();

  await build();
  const code = readdirSync(join(dist, 'train')).filter((name) => name.endsWith('.js'));
  const text = code.map((name) => readFileSync(join(dist, 'train', name), 'utf8')).join('');

  expect(text.includes('"onnxruntime-node/bin/napi-v6/linux/arm64/onnxruntime_binding.node"')).toBe(true);
  expect(text.includes('import("onnxruntime-node")')).toBe(false);
  const stamp = JSON.parse(readFileSync(join(dist, 'build.json'), 'utf8'));
  expect(stamp.libraries.predict).toEqual([]);
  expect(stamp.libraries.train).toContain('onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node');
  expect(readdirSync(join(dist, 'train')).some((name) => name.endsWith('.map'))).toBe(false);
  expect(existsSync(join(dist, 'maps/train/index.js.map'))).toBe(true);
});

test('the code version follows what trains, and nothing else', async () => {
  const { build, write } = createProject();
  const first = await build();

  write('lib/late.ts', `export const late = 'changed';`);
  const otherFunction = await build();
  write('lib/train/tree-worker.ts', `// A remark.\n${project['lib/train/tree-worker.ts']}`);
  const remark = await build();
  write('lib/train/tree-worker.ts', project['lib/train/tree-worker.ts']!.replace('grown', 'grown tall'));
  const changed = await build();

  expect(first.codeVersion).toMatch(/^[0-9a-f]{16}$/);
  expect(otherFunction.codeVersion).toBe(first.codeVersion);
  expect(remark.codeVersion).toBe(first.codeVersion);
  expect(changed.codeVersion).not.toBe(first.codeVersion);
});

test('a second build leaves unchanged files alone and removes those that are no longer made', async () => {
  const { build, dist, write } = createProject();
  await build();
  const predict = join(dist, 'predict/index.js');
  const chunksBefore = readdirSync(join(dist, 'train'));
  const before = statSync(predict).mtimeMs;

  write('lib/train/fit.ts', 'export const fit = async () => 1; export const open = 1;');
  await build();

  expect(statSync(predict).mtimeMs).toBe(before);
  expect(chunksBefore).toContain('tree-worker.js');
  expect(readdirSync(join(dist, 'train'))).toEqual(['index.js', 'package.json']);
});

test('expected failure: a source that does not compile fails the build and leaves the last one in place', async () => {
  const { build, dist, write, handlerOf } = createProject();
  await build();
  write('functions/predict/index.ts', 'export const handler = (');

  await expect(build()).rejects.toThrow(/Unexpected end of file/);

  expect(existsSync(join(dist, 'predict/index.js'))).toBe(true);
  expect(await handlerOf('predict')).toMatchObject({ shared: 'shared' });
});
