/** Pythons of this suite's own, each with the client of somebody else's. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const isWindows = process.platform === 'win32';

/**
 * The Python of a virtual environment in `.oracle/` with these packages, which is made when it is missing.
 *
 * @throws Error that says what is missing
 */
export function ensureClient(name: string, packages: readonly string[]): string {
  const venv = fileURLToPath(new URL(`../../.oracle/${name}`, import.meta.url));
  const python = `${venv}${isWindows ? '/Scripts/python.exe' : '/bin/python'}`;
  const check = `from importlib.metadata import version
assert all(version(name) == wanted for name, wanted in (one.split("==") for one in ${JSON.stringify(packages)}))`;
  if (spawnSync(python, ['-c', check], { stdio: 'ignore' }).status === 0) return python;
  run(isWindows ? 'python' : 'python3', ['-m', 'venv', venv], 'no virtual environment could be made');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  run(python, install, 'the packages could not be installed');
  return python;
}

function run(command: string, args: readonly string[], complaint: string): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${complaint}: ${error?.message ?? stderr.trim()}`);
}
