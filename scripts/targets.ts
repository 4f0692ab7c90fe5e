/** What is built: one folder of `dist` for each function, the platform, the command and the client. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** One folder of `dist` and the files it is made from. */
export interface Target {
  readonly name: string;
  /** Output name without extension -> source file. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Folders below `functions` that are Lambda functions. */
export function functionNames(root: string): string[] {
  return globSync('functions/*/index.ts', { cwd: root })
    .map((file) => basename(dirname(file)))
    .filter((name) => name !== 'middleware')
    .sort();
}

/** Everything that the project has sources of. */
export function findTargets(root: string): Target[] {
  const functions = functionNames(root).map((name) => ({
    name,
    entries: { index: `functions/${name}/index.ts` },
  }));
  const others: Target[] = [
    { name: 'platform', entries: platformEntries },
    { name: 'cli', entries: { main: 'cli/main.ts' } },
    { name: 'client', entries: { index: 'lib/client/package.ts' } },
    { name: 'container', entries: containerEntries },
  ];
  const present = others.filter(({ entries }) => existsSync(join(root, Object.values(entries)[0]!)));
  return [...functions, ...present].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** The image's own entry, and the functions that it can be on Lambda. */
const containerEntries = {
  main: 'infra/container/main.ts',
  ...Object.fromEntries(
    ['predict', 'preprocess', 'train', 'evaluate', 'batch'].map((name) => [
      name,
      `functions/${name}/index.ts`,
    ]),
  ),
};

const platformEntries = {
  main: 'infra/local/main.ts',
  'container-host': 'infra/local/sagemaker/hosting/container-host.ts',
  'function-host': 'infra/local/function-host.ts',
  'gateway-worker': 'infra/local/gateway-worker.ts',
  'host-watchdog': 'infra/local/host-watchdog.ts',
  llama: 'infra/local/llama/main.ts',
};

/** Files `*-worker.ts` in `lib` whose name a bundled source of the same folder speaks of: the target's worker threads. */
export function findWorkers(root: string, inputs: readonly string[]): Record<string, string> {
  const workers = globSync('lib/**/*-worker.ts', { cwd: root });
  const used = workers.filter((worker) =>
    inputs.some(
      (input) =>
        input !== worker &&
        dirname(input) === dirname(worker) &&
        readFileSync(join(root, input), 'utf8').includes(`./${basename(worker, '.ts')}`),
    ),
  );
  return Object.fromEntries(used.map((worker) => [basename(worker, '.ts'), worker]));
}
