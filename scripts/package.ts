/** Makes the folders that are deployed: a function's built files, unchanged, and the libraries of machine code it loads. */
import { randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BuildStamp, buildAll, endWithoutTrace } from './build.ts';
import { type Architecture, nativeFiles } from './native-packages.ts';
import { functionNames } from './targets.ts';
import { filesIn, folderBytes, zipBytes } from './zip-size.ts';

/** What to package. */
export interface PackageSettings {
  /** The project's root; `dist` in it has been built. */
  readonly root: string;
  /** Folder of the function below `functions`. */
  readonly name: string;
  readonly architecture: Architecture;
}

/**
 * Makes `dist/deploy/<architecture>/<name>`: the files of `dist/<name>`, byte for byte, and beside them, in
 * `node_modules`, the libraries that the build has found in the function's code, for Linux on that processor, whatever
 * the building machine is. Files that are right already are left alone, so a second call costs next to nothing.
 *
 * @returns the folder's path
 * @throws Error if the function is not built, or if a library for another platform has to be fetched and cannot be
 */
export function packageFunction({ root, name, architecture }: PackageSettings): string {
  const built = join(root, 'dist', name);
  const libraries = builtLibraries(root)[name];
  if (!libraries || !existsSync(built)) throw new Error(`dist/${name} is missing; run "npm run build"`);
  const own = readdirSync(built)
    .filter((file) => !file.endsWith('.tmp'))
    .map((file) => [file, join(built, file)] as const);
  const native = [...nativeFiles(root, libraries, architecture)].map(
    ([path, source]) => [join('node_modules', path), source] as const,
  );
  const folder = join(deployFolder(root, architecture), name);
  replaceFiles(folder, new Map([...own, ...native]));
  return folder;
}

/**
 * Packages every function that is built.
 *
 * @returns the folder that holds the functions' folders
 * @throws Error as `packageFunction`
 */
export function packageFunctions({ root, architecture }: Omit<PackageSettings, 'name'>): string {
  for (const name of [...functionNames(root), 'container']) packageFunction({ root, name, architecture });
  return deployFolder(root, architecture);
}

const deployFolder = (root: string, architecture: Architecture): string =>
  join(root, 'dist', 'deploy', architecture);

function builtLibraries(root: string): BuildStamp['libraries'] {
  const stamp = join(root, 'dist', 'build.json');
  if (!existsSync(stamp)) return {};
  return (JSON.parse(readFileSync(stamp, 'utf8')) as BuildStamp).libraries ?? {};
}

/** Makes a folder hold exactly these files: path inside it -> file with the content. */
function replaceFiles(folder: string, files: ReadonlyMap<string, string>): void {
  // Drafts lie beside the folder: somebody else at work on it removes what does not belong there.
  const draft = `${folder}.${randomUUID()}.tmp`;
  for (const [path, source] of files) placeFile(source, { target: join(folder, path), draft });
  for (const path of filesIn(folder)) {
    if (!files.has(path)) rmSync(join(folder, path));
  }
}

/** Links the file, which takes no space, or copies it where the disk cannot link. */
function placeFile(
  source: string,
  { target, draft }: { readonly target: string; readonly draft: string },
): void {
  const wanted = statSync(source);
  const present = statSync(target, { throwIfNoEntry: false });
  // Links are equal in both, copies are given both.
  if (present?.size === wanted.size && present.mtimeMs === wanted.mtimeMs) return;
  mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(source, draft);
  } catch {
    copyFileSync(source, draft);
    utimesSync(draft, wanted.atime, wanted.mtime);
  }
  renameSync(draft, target);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function main(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { architecture, quiet } = parseArgs({
    options: {
      architecture: { type: 'string', default: 'arm64' },
      quiet: { type: 'boolean', default: false },
    },
  }).values;
  if (architecture !== 'arm64' && architecture !== 'x64') {
    throw new Error(`--architecture is arm64 or x64, not ${architecture}`);
  }
  await buildAll({ root, dist: join(root, 'dist') }).catch(endWithoutTrace);
  const deployed = packageFunctions({ root, architecture });
  if (quiet) return;
  for (const name of functionNames(root)) {
    const folder = join(deployed, name);
    const sizes = `${megabytes(folderBytes(folder))}, zipped ${megabytes(zipBytes(folder))}`;
    console.log(`${relative(process.cwd(), folder)}: ${sizes}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
