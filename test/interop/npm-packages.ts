/** Packages of npm for this suite alone, in folders that git does not see. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A folder with these packages, which are installed when they are missing; their install scripts do not run.
 *
 * @param packages names with exact versions
 * @param more flags of `npm install`
 * @throws Error that says what is missing
 */
export function ensurePackages(
  name: string,
  packages: readonly string[],
  more: readonly string[] = [],
): string {
  const folder = fileURLToPath(new URL(`../../.oracle/${name}`, import.meta.url));
  const stamp = join(folder, 'installed.txt');
  const wanted = packages.join('\n');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  try {
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--save-exact', '--loglevel=error'];
    execFileSync('npm', ['install', ...flags, ...more, ...packages], { cwd: folder, stdio: 'pipe' });
  } catch (error) {
    throw new Error(`the packages could not be installed: ${(error as Error).message}`);
  }
  writeFileSync(stamp, wanted);
  return folder;
}

/** Puts a script beside the packages, so that it imports them like any program does. */
export function besidePackages(folder: string, script: string): string {
  const path = join(folder, basename(script));
  copyFileSync(script, path);
  return path;
}
