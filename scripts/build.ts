/** Builds what runs: one folder per function, the local platform, the command and the client, by one esbuild setting. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type OutputFile } from 'esbuild';
import { type Document, documentsOf } from './documents.ts';
import { onnxRuntimeLibraries, onnxRuntimePlugin } from './onnxruntime-plugin.ts';
import { sharpLibraries, sharpPlugin } from './sharp-plugin.ts';
import { findTargets, findWorkers, type Target } from './targets.ts';

/** Libraries of machine code stay outside the bundles; the JavaScript that loads them does not. */
const libraries = [`${onnxRuntimeLibraries}*`, '@duckdb/node-bindings-*', sharpLibraries];

/** Packages in CommonJS ask for `require`, which an ES module does not have. */
const requireBanner =
  "import{createRequire as onrampCreateRequire}from'node:module';const require=onrampCreateRequire(import.meta.url);";

/** Where to read and where to write; tests build elsewhere. */
export interface BuildSettings {
  readonly root: string;
  readonly dist: string;
  /** True to leave showing what is wrong to the caller. */
  readonly silent?: boolean;
}

/** What `dist/build.json` says of the last build. */
export interface BuildStamp {
  readonly codeVersion: string;
  /** Folder of `dist` -> files of machine code it loads when it runs, for all platforms, as they are required. */
  readonly libraries: Readonly<Record<string, readonly string[]>>;
}

/** What was built. */
export interface BuildReport {
  /** Digest of the code that trains: part of every run's id. */
  readonly codeVersion: string;
  readonly folders: readonly { readonly name: string; readonly files: number; readonly bytes: number }[];
}

/**
 * Builds every function, the platform and the command into `dist`. Files are replaced one by one and only when they
 * changed, so that a platform that is running, or a second build at the same time, never meets a half-written folder.
 */
export async function buildAll(settings: BuildSettings): Promise<BuildReport> {
  const startedAt = new Date();
  const { root, dist } = settings;
  const targets = findTargets(root);
  const plans = await allOf(targets.map((target) => planOf(settings, target)));
  const codeVersion = plans.find(({ name }) => name === 'train')?.digest ?? 'none';
  const bundles = await allOf(
    plans.map(async ({ name, entries }) => {
      const options = bundleOptions(settings, name, codeVersion);
      const { outputFiles, metafile } = await build({ ...options, entryPoints: { ...entries } });
      return { name, files: outputFiles, documents: await documentsOf(root, name), metafile };
    }),
  );
  for (const bundle of bundles) writeFolder(dist, bundle);
  const stamp: BuildStamp = {
    codeVersion,
    libraries: Object.fromEntries(bundles.map(({ name, metafile }) => [name, externalsOf(metafile)])),
  };
  writeFileSync(join(dist, 'build.json'), `${JSON.stringify(stamp)}\n`);
  // Dated back to the start: a source saved during the build is newer than it.
  utimesSync(join(dist, 'build.json'), startedAt, startedAt);
  return { codeVersion, folders: bundles.map(sizeOf) };
}

/** Waits for every part, so that nothing is written, and nothing still reads, when one has failed. */
async function allOf<T>(parts: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}

const sizeOf = ({ name, files }: { readonly name: string; readonly files: readonly OutputFile[] }) => {
  const code = files.filter(({ path }) => path.endsWith('.js'));
  return {
    name,
    files: code.length,
    bytes: code.reduce((total, { contents }) => total + contents.length, 0),
  };
};

/** A target with its worker threads, and the digest of its own code. */
interface Plan extends Target {
  readonly digest: string;
}

/** Looks at a target's own sources only, which takes a fraction of the time of a whole bundle. */
async function planOf(settings: BuildSettings, target: Target): Promise<Plan> {
  const { root } = settings;
  const options = { ...bundleOptions(settings, target.name, 'unversioned'), packages: 'external' } as const;
  const first = await build({ ...options, entryPoints: { ...target.entries } });
  const workers = findWorkers(root, usedSources(first.metafile));
  const entries = { ...target.entries, ...workers };
  const { outputFiles, metafile } =
    Object.keys(workers).length === 0 ? first : await build({ ...options, entryPoints: entries });
  return { name: target.name, entries, digest: digestOf(outputFiles, packagesOf(root, metafile)) };
}

/** Sources of which something is left in the output. */
function usedSources({ outputs }: Metafile): string[] {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
}

/** What the code loads from outside of it, besides Node. */
function externalsOf({ outputs }: Metafile): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (output: string): void => {
    if (seen.has(output)) return;
    seen.add(output);
    for (const { path, external } of outputs[output]?.imports ?? []) {
      if (!external) visit(path);
      else if (!isBuiltin(path)) found.add(path);
    }
  };
  // From the entries on: what a lazy `import()` names is built even where the function around it is left out.
  for (const path of Object.keys(outputs)) if (isEntry({ path })) visit(path);
  return [...found].sort();
}

/** The packages that the code names, each with its version. */
function packagesOf(root: string, metafile: Metafile): string[] {
  const names = externalsOf(metafile).map((path) => path.split('/', path.startsWith('@') ? 2 : 1).join('/'));
  return [...new Set(names)].map((name) => {
    const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    return `${name}@${JSON.parse(manifest).version}`;
  });
}

/** The client runs in browsers too, and on any Node that has `fetch`. */
const forAnywhere = { platform: 'neutral', target: 'es2022', banner: {} } as const satisfies BuildOptions;

function bundleOptions({ root, silent }: BuildSettings, name: string, codeVersion: string) {
  return {
    absWorkingDir: root,
    // Nothing is written here: it is the folder from which the paths inside the source maps are counted.
    outdir: join('dist/maps', name),
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    sourcemap: 'external',
    entryNames: '[name]',
    // Beside the entries, so that `new URL('./x.js', import.meta.url)` means the same in every chunk.
    chunkNames: 'chunk-[hash]',
    external: libraries,
    plugins: [onnxRuntimePlugin(root), sharpPlugin()],
    banner: { js: requireBanner },
    define: { 'process.env.ONRAMP_CODE_VERSION': JSON.stringify(codeVersion) },
    logLevel: silent ? 'silent' : 'warning',
    ...(name === 'client' && forAnywhere),
  } as const satisfies BuildOptions;
}

/** Digest of a target's own code and of the packages it runs on: the same digest means the same numbers. */
function digestOf(files: readonly OutputFile[], packages: readonly string[]): string {
  const digest = createHash('sha256').update(packages.join('\0'));
  for (const { path, contents } of [...files].sort((left, right) => (left.path < right.path ? -1 : 1))) {
    if (path.endsWith('.js')) digest.update(`\0${basename(path)}\0`).update(contents);
  }
  return digest.digest('hex').slice(0, 16);
}

/** What is written of a target. */
interface Bundle {
  readonly name: string;
  readonly files: readonly OutputFile[];
  readonly documents: readonly Document[];
}

/** Writes a target's code to `dist/<name>` and its source maps, which are never deployed, to `dist/maps/<name>`. */
function writeFolder(dist: string, { name, files, documents }: Bundle): void {
  const isMap = (path: string): boolean => path.endsWith('.map');
  const code = files.filter(({ path }) => !isMap(path));
  const maps = files.filter(({ path }) => isMap(path));
  // Chunks before the entries that name them.
  const chunksFirst = [...code].sort((left, right) => Number(isEntry(left)) - Number(isEntry(right)));
  replaceFiles(join(dist, name), [
    ...chunksFirst.map(({ path, contents }) => [basename(path), contents] as const),
    ['package.json', '{"type":"module"}\n'],
    ...documents,
  ]);
  replaceFiles(
    join(dist, 'maps', name),
    maps.map(({ path, contents }) => [basename(path), contents] as const),
  );
}

const isEntry = ({ path }: Pick<OutputFile, 'path'>): boolean => !basename(path).startsWith('chunk-');

function replaceFiles(folder: string, files: readonly (readonly [string, Uint8Array | string])[]): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of files) writeIfChanged(join(folder, name), content);
  const wanted = new Set(files.map(([name]) => name));
  for (const name of readdirSync(folder)) {
    if (!wanted.has(name) && !name.endsWith('.tmp'))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function writeIfChanged(path: string, content: Uint8Array | string): void {
  const bytes = Buffer.from(content);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, bytes);
  renameSync(draft, path);
}

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

async function main(): Promise<void> {
  const started = performance.now();
  const dist = join(projectRoot, 'dist');
  const report = await buildAll({ root: projectRoot, dist });
  if (process.argv.includes('--quiet')) return;
  for (const { name, files, bytes } of report.folders) {
    console.log(
      `${relative(process.cwd(), join(dist, name))}: ${files} files, ${Math.ceil(bytes / 1024)} KB`,
    );
  }
  console.log(`built in ${Math.round(performance.now() - started)} ms, code version ${report.codeVersion}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main().catch(endWithoutTrace);

/** esbuild has already shown what is wrong and where; a stack trace would only hide it. */
export function endWithoutTrace(error: unknown): never {
  if (!(error instanceof Error && 'errors' in error)) throw error;
  process.exit(1);
}
