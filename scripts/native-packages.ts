/** Finds libraries of machine code for the platform that functions run on, whatever this machine's is. */
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
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Processors that Lambda has. */
export type Architecture = 'arm64' | 'x64';

/** Where the packages of other platforms are kept, from the project's root; npm removes `node_modules` too often. */
const cacheFolder = '.natives';

/**
 * The files behind the libraries of machine code that a bundle names: those of one processor under Linux, with what
 * lies in their folders and those inside, what says whose they are, and the packages that they need for that processor.
 *
 * @param libraries paths as they are required, of all platforms
 * @returns path inside `node_modules` -> file to take it from
 * @throws Error if a package has to be fetched and cannot be, or if a library has no version for the processor
 */
export function nativeFiles(
  root: string,
  libraries: readonly string[],
  architecture: Architecture,
): Map<string, string> {
  const files = libraries
    .filter((library) => new RegExp(`[-/]linux[-/]${architecture}/`).test(library))
    .flatMap((library) => filesBeside(root, library));
  const wanted = new Set(libraries.map(packageFamily));
  const found = new Set(files.map(([path]) => packageFamily(path)));
  for (const name of wanted) {
    if (!found.has(name)) throw new Error(`${name} has no library for linux/${architecture}`);
  }
  return new Map(files);
}

const packageName = (path: string): string => path.split('/', path.startsWith('@') ? 2 : 1).join('/');

/** Packages that differ in the platform only have one family. */
const packageFamily = (path: string): string =>
  packageName(path).replace(/-(darwin|linux|linuxmusl|win32)-.*$/, '');

function filesBeside(root: string, library: string): (readonly [string, string])[] {
  const name = packageName(library);
  const inside = dirname(library.slice(name.length + 1));
  const folder = packageFolder(root, name);
  // npm has packages for one processor as optional ones, such as the libvips of sharp.
  const { optionalDependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return [name, ...Object.keys(optionalDependencies)].flatMap((each) =>
    filesIn(root, each, each === name ? inside : '.'),
  );
}

function filesIn(root: string, name: string, inside: string): (readonly [string, string])[] {
  const folder = packageFolder(root, name);
  const files = [
    ...globSync(join(inside, '**'), { cwd: folder }),
    ...globSync('{package.json,LICENSE*}', { cwd: folder }),
  ].filter((file) => statSync(join(folder, file)).isFile());
  return files.map((file) => [join(name, file), join(folder, file)] as const);
}

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
