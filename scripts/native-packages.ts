/** Finds the files of packages that hold machine code, for the platform that functions run on instead of this machine's. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';

/** Processors that Lambda has. */
export type Architecture = 'arm64' | 'x64';

/** Where the packages of other platforms are kept, from the project's root; npm removes `node_modules` too often. */
const cacheFolder = '.natives';

/** A package with machine code: what of it runs on a platform. */
interface NativePackage {
  /** Start of the names of the packages that hold the libraries, if there is one for each platform. */
  readonly platformPackages?: string;
  /** Pattern of the libraries inside the package that holds them. */
  readonly libraries: (architecture: Architecture) => string;
}

/** What cannot be seen in JavaScript: where each package keeps the libraries of Amazon Linux. */
const nativePackages: Readonly<Record<string, NativePackage>> = {
  'onnxruntime-node': { libraries: (architecture) => `bin/napi-v6/linux/${architecture}/*` },
  '@duckdb/node-api': {
    platformPackages: '@duckdb/node-bindings-',
    libraries: () => '*.{node,so}',
  },
};

/**
 * The files that a function needs of a package: its JavaScript, as far as it is reachable, and the libraries of one
 * platform.
 *
 * @returns path inside `node_modules` -> file to take it from
 * @throws Error if the package is not known here, or if the libraries cannot be fetched
 */
export function nativeFiles(root: string, name: string, architecture: Architecture): Map<string, string> {
  const known = nativePackages[name];
  if (!known)
    throw new Error(`${name} is not bundled and scripts/native-packages.ts does not know its libraries`);
  const { platformPackages } = known;
  const holder = platformPackages === undefined ? name : `${platformPackages}linux-${architecture}`;
  const folder = packageFolder(root, holder);
  const libraries = globSync(known.libraries(architecture), { cwd: folder });
  if (libraries.length === 0) throw new Error(`${holder} has no library for linux/${architecture}`);
  const files = [...libraries, ...describing(folder)].map(
    (file) => [join(holder, file), join(folder, file)] as const,
  );
  return new Map([...reachableFiles(root, name), ...files]);
}

/** The JavaScript that is loaded with a package, and what Node reads to find it, by their paths in `node_modules`. */
function reachableFiles(root: string, name: string): Map<string, string> {
  const { metafile } = buildSync({
    absWorkingDir: root,
    stdin: { contents: `import ${JSON.stringify(name)}`, resolveDir: root },
    bundle: true,
    platform: 'node',
    write: false,
    metafile: true,
    outdir: '.',
    // Otherwise modules behind a link would lie outside `node_modules`.
    preserveSymlinks: true,
    // Libraries are chosen by platform, not by what could be reached.
    external: Object.values(nativePackages).flatMap(({ platformPackages }) =>
      platformPackages === undefined ? [] : [`${platformPackages}*`],
    ),
    loader: { '.node': 'empty' },
    logLevel: 'silent',
  });
  const modules = Object.keys(metafile.inputs).filter((path) =>
    /^node_modules\/.*\.[cm]?js(on)?$/.test(path),
  );
  const described = modules.flatMap((path) => describingAbove(root, path));
  const inside = (path: string): string => path.slice('node_modules/'.length);
  return new Map([...modules, ...described].map((path) => [inside(path), join(root, path)]));
}

/** The descriptions from a module's folder up to its package's. */
function describingAbove(root: string, module: string): string[] {
  const found: string[] = [];
  for (let folder = dirname(module); !/(^|\/)(node_modules|@[^/]+)$/.test(folder); folder = dirname(folder)) {
    found.push(...describing(join(root, folder)).map((file) => `${folder}/${file}`));
  }
  return found;
}

/** What says how a package is loaded and used. */
const describing = (folder: string): string[] => globSync('{package.json,LICENSE*}', { cwd: folder });

/**
 * The folder of a package in the version and with the content that `package-lock.json` names: in `node_modules` if npm
 * installed it for this machine, else fetched once from npm's registry and kept.
 */
function packageFolder(root: string, name: string): string {
  const installed = join(root, 'node_modules', name);
  if (existsSync(installed)) return installed;
  const locked = lockedPackage(root, name);
  const folder = join(root, cacheFolder, `${name}@${locked.version}`);
  // The folder appears in one step, when its content has been found right.
  if (!existsSync(folder)) fetchPackage(root, { ...locked, name, folder });
  return folder;
}

interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

function lockedPackage(root: string, name: string): LockedPackage {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const entry: LockedPackage | undefined = lock.packages[`node_modules/${name}`];
  if (!entry) throw new Error(`package-lock.json does not name ${name}`);
  return entry;
}

interface Fetched extends LockedPackage {
  readonly name: string;
  readonly folder: string;
}

/** Has npm fetch the package, as npm knows registry, proxy and credentials; but trusts only the lock file's digest. */
function fetchPackage(root: string, { name, version, integrity, folder }: Fetched): void {
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}.`);
  try {
    const specifier = `${name}@${version}`;
    run('npm', ['pack', '--silent', '--prefer-offline', '--pack-destination', draft, specifier], {
      cwd: root,
      complaint: `${specifier} could not be fetched; functions that read data need it, and "npm run package" gets it where npm's registry can be reached`,
    });
    const tarball = join(draft, readdirSync(draft)[0]!);
    const digest = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    if (digest !== integrity) {
      throw new Error(`${specifier} from npm's registry is not what package-lock.json names: ${digest}`);
    }
    // Dated now, not by the archive: npm gives files of all versions one date, and files are told apart by theirs.
    run('tar', ['-xzmf', tarball], { cwd: draft, complaint: `${specifier} could not be unpacked` });
    renameSync(join(draft, 'package'), folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function run(
  command: string,
  args: readonly string[],
  { cwd, complaint }: { readonly cwd: string; readonly complaint: string },
): void {
  // On Windows npm is a script, which only a shell can start.
  const shell = process.platform === 'win32';
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, shell, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${complaint}: ${error?.message ?? (stderr.trim() || stdout.trim())}`);
}
