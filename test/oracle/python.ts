/** Finds or makes the Python that numbers are compared with: scikit-learn, onnx, onnxruntime and shap. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PACKAGES = [
  'scikit-learn==1.9.1',
  'numpy==2.4.6',
  'pandas==3.1.1',
  'onnx==1.23.2',
  'onnxruntime==1.31.1',
  'openapi-spec-validator==0.9.0',
  'shap==0.51.0',
];

const isWindows = process.platform === 'win32';
const here = fileURLToPath(new URL('.', import.meta.url));
const venv = fileURLToPath(new URL('../../.oracle/venv', import.meta.url));
const venvPython = `${venv}${isWindows ? '/Scripts/python.exe' : '/bin/python'}`;

/** Python code that fails unless every package is there; in the suite's own environment also in the pinned version. */
const importCheck = 'import sklearn, numpy, pandas, onnx, onnxruntime, shap';
const versionCheck = `
from importlib.metadata import version
assert all(version(name) == wanted for name, wanted in (p.split("==") for p in ${JSON.stringify(PACKAGES)}))`;

/**
 * The Python to use: `ONRAMP_PYTHON` if it is set, otherwise a virtual environment in `.oracle/` with pinned packages,
 * which is made when it is missing (that takes a minute and the network).
 *
 * @throws Error that says why there is no such Python
 */
export function ensurePython(): string {
  found ??= findOrMake();
  return found;
}

let found: string | undefined;

function findOrMake(): string {
  const chosen = process.env.ONRAMP_PYTHON;
  if (chosen) {
    run(chosen, ['-c', importCheck], `ONRAMP_PYTHON=${chosen} lacks a package`);
    return chosen;
  }
  if (succeeds(venvPython, ['-c', versionCheck])) return venvPython;
  run(isWindows ? 'python' : 'python3', ['-m', 'venv', venv], 'no Python virtual environment could be made');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES];
  run(venvPython, install, 'the Python packages could not be installed');
  return venvPython;
}

/** What a script is given besides its arguments. */
export interface PythonOptions {
  /** Text or bytes for standard input. */
  readonly input?: string | Uint8Array;
}

/**
 * What a Python script prints.
 *
 * @param script file name, relative to this folder
 * @throws Error with the script's standard error when it fails
 */
export function runPython(
  script: string,
  args: readonly string[] = [],
  { input = '' }: PythonOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(ensurePython(), [script, ...args], {
      cwd: here,
      // Threads that wait for each other on busy processors take ten times as long as one.
      env: { OMP_NUM_THREADS: '1', ...process.env, PYTHONUTF8: '1' },
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', reject);
    // A script that fails early closes its standard input; the exit code below tells that better than EPIPE.
    child.stdin.on('error', () => {});
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
      else reject(new Error(`${script} ended with ${code}:\n${Buffer.concat(errors).toString('utf8')}`));
    });
    child.stdin.end(input);
  });
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function run(command: string, args: readonly string[], complaint: string): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${complaint}: ${error?.message ?? stderr.trim()}`);
}
