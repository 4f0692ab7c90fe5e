/**
 * Fits the same trees here, with scikit-learn, LightGBM and XGBoost, turn by turn, each in a process of its own. Rows of
 * several sizes show how cost grows with them.
 *
 * Processor time is what to compare on a machine that does other work as well.
 *
 * @example node bench/fit-trees.ts --shapes 10000x28,100000x28 --tasks boosting --threads 1,2 --rounds 5
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createRandom } from '../lib/core/index.ts';

const packages = ['scikit-learn==1.9.1', 'lightgbm==4.7.0', 'xgboost==3.2.0'];
const testRows = 20_000;

interface Measurement {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly auc: number;
  /** Of the whole process so far, data included. */
  readonly peakMb: number;
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** A Python that has the packages: `ONRAMP_PYTHON`, or a virtual environment made for this. */
function findPython(): string {
  if (process.env.ONRAMP_PYTHON) return process.env.ONRAMP_PYTHON;
  const folder = join(import.meta.dirname, '../.oracle/bench-venv');
  const python = join(folder, 'bin/python');
  const run = (command: string, args: readonly string[]): void => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  };
  if (spawnSync(python, ['-c', 'import sklearn, lightgbm, xgboost']).status === 0) return python;
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
  return python;
}

/** Ten columns matter, in steps and products; one label in ten is a coin toss. */
async function writeData(folder: string, { rows, columns }: Shape): Promise<void> {
  const random = createRandom(20);
  const all = rows + testRows;
  const data = new Float32Array(all * columns);
  const labels = new Int32Array(all);
  for (let row = 0; row < all; row += 1) {
    for (let column = 0; column < columns; column += 1) data[row * columns + column] = random.normal();
    const [a, b, c, d, e, f, g, h, i, j] = data.subarray(row * columns);
    const score =
      a! * b! + Math.sin(2 * c!) + (d! > 0.5 ? e! : -e!) + (f! + g! * h!) / 2 + Math.abs(i!) - j! / 2 - 0.8;
    labels[row] = random.uniform() < 0.1 ? random.integer(2) : Number(score + random.normal() > 0);
  }
  await writeFile(join(folder, 'x.f32'), data);
  await writeFile(join(folder, 'y.i32'), labels);
}

/** A process that fits when it is told to. */
interface Contestant {
  readonly name: string;
  readonly child: ChildProcess;
  run(): Promise<Measurement>;
}

async function start(command: string, args: readonly string[], threads: number): Promise<Contestant> {
  const env = { ...process.env, OMP_NUM_THREADS: String(threads) };
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done) throw new Error(`${args[0]} ended early; its error is above`);
    return JSON.parse(line.value);
  };
  const { name, version } = (await next()) as { name: string; version: string };
  return {
    name: `${name} (${version})`,
    child,
    run: () => {
      child.stdin.write('fit\n');
      return next() as Promise<Measurement>;
    },
  };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function report(runs: ReadonlyMap<string, readonly Measurement[]>, { rows }: Shape): void {
  const ours = runs.values().next().value!;
  for (const [name, measured] of runs) {
    const middle = (key: keyof Measurement): number => median(measured.map((run) => run[key]));
    const part = (key: 'wallMs' | 'cpuMs'): string =>
      median(measured.map((run, round) => ours[round]![key] / run[key])).toFixed(2);
    const perRow = ((1000 * middle('cpuMs')) / rows).toFixed(1);
    console.log(
      `  ${name.padEnd(24)} ${middle('wallMs').toFixed(0).padStart(7)} ms  cpu ${middle('cpuMs').toFixed(0).padStart(7)} ms` +
        ` (${perRow} us a row)  auc ${middle('auc').toFixed(4)}  peak ${middle('peakMb').toFixed(0)} MB` +
        `  ours takes ${part('wallMs')} of its time, ${part('cpuMs')} of its cpu`,
    );
  }
}

const { values } = parseArgs({
  options: {
    shapes: { type: 'string', default: '100000x20,1000000x28' },
    tasks: { type: 'string', default: 'forest-5,boosting' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '3' },
    trees: { type: 'string', default: '100' },
  },
});
const python = findPython();
const folder = await mkdtemp(join(tmpdir(), 'onramp-bench-'));
try {
  for (const shapeText of values.shapes.split(',')) {
    const [rows, columns] = shapeText.split('x').map(Number) as [number, number];
    await writeData(folder, { rows, columns });
    for (const task of values.tasks.split(',')) {
      for (const threads of values.threads.split(',')) await compare({ rows, columns }, task, threads);
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

/** Interleaved rounds of all that can do a task; the first round warms up and is not counted. */
async function compare(shape: Shape, task: string, threads: string): Promise<void> {
  const args = [folder, String(shape.rows), String(shape.columns), task, threads, values.trees];
  const libraries = task === 'boosting' ? ['xgboost', 'lightgbm', 'scikit-learn'] : ['scikit-learn'];
  const script = (name: string): string => join(import.meta.dirname, name);
  const contestants = [
    await start(process.execPath, [script('fit-trees-child.ts'), ...args], Number(threads)),
  ];
  for (const library of libraries) {
    contestants.push(await start(python, [script('fit-trees.py'), library, ...args], Number(threads)));
  }
  const runs = new Map<string, Measurement[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    for (const { name, run } of contestants) {
      const measured = await run();
      if (round > 0) runs.get(name)!.push(measured);
    }
  }
  for (const { child } of contestants) child.stdin!.end();
  console.log(`${task}, ${shape.rows} x ${shape.columns}, ${values.trees} trees, ${threads} thread(s)`);
  report(runs, shape);
}
