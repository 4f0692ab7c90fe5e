/**
 * Fits the same trees here and with scikit-learn, turn by turn in one run, on two threads each.
 *
 * @example ONRAMP_PYTHON=python3 node bench/fit-trees.ts --rounds 5 --tasks boosting,forest-5
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createRandom, type Matrix } from '../lib/core/index.ts';
import {
  boostingScores,
  closeTreeWorkers,
  fitBoosting,
  fitForest,
  predictForest,
  type TreeTarget,
} from '../lib/train/trees/index.ts';

const TRAINING_ROWS = 100_000;
const TEST_ROWS = 20_000;
const COLUMNS = 20;
const THREADS = 2;

interface Measurement {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly auc: number;
}

interface Data {
  readonly x: Matrix;
  readonly labels: Int32Array;
}

/** Ten columns matter, in steps and products; one label in ten is a coin toss. */
function makeData(rows: number): Data {
  const random = createRandom(20);
  const data = new Float32Array(rows * COLUMNS);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const values = Array.from({ length: COLUMNS }, () => random.normal());
    data.set(values, row * COLUMNS);
    const [a, b, c, d, e, f, g, h, i, j] = values as [number, number, number, number, number, ...number[]];
    const score =
      a * b + Math.sin(2 * c) + (d > 0.5 ? e : -e) + (f! + g! * h!) / 2 + Math.abs(i!) - j! / 2 - 0.8;
    labels[row] = random.uniform() < 0.1 ? random.integer(2) : Number(score + random.normal() > 0);
  }
  return { x: { rows, columns: COLUMNS, data }, labels };
}

const firstRows = ({ x, labels }: Data, rows: number): Data => ({
  x: { ...x, rows, data: x.data.subarray(0, rows * COLUMNS) },
  labels: labels.subarray(0, rows),
});

const lastRows = ({ x, labels }: Data, rows: number): Data => ({
  x: { ...x, rows, data: x.data.subarray((x.rows - rows) * COLUMNS) },
  labels: labels.subarray(x.rows - rows),
});

/** Area under the ROC curve by ranks; ties are so few that their order does not matter here. */
function areaUnderCurve(scores: ArrayLike<number>, labels: Int32Array): number {
  const order = Array.from(labels.keys()).sort((one, other) => scores[one]! - scores[other]!);
  let ranks = 0;
  let positives = 0;
  for (const [rank, row] of order.entries()) {
    if (labels[row] === 0) continue;
    ranks += rank + 1;
    positives += 1;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
}

/** Each task fits and returns a function that scores new rows. */
const tasks: Record<string, (x: Matrix, target: TreeTarget) => Promise<(fresh: Matrix) => Float64Array>> = {
  'forest-5': (x, target) => fitDepth(x, target, 5),
  'forest-12': (x, target) => fitDepth(x, target, 12),
  boosting: async (x, target) => {
    const boosting = await fitBoosting(x, target, { seed: 1, threads: THREADS });
    return (fresh) => boostingScores(boosting, fresh);
  },
};

async function fitDepth(
  x: Matrix,
  target: TreeTarget,
  maxDepth: number,
): Promise<(fresh: Matrix) => Float64Array> {
  const forest = await fitForest(x, target, { seed: 1, threads: THREADS, maxDepth });
  return (fresh) => predictForest(forest, fresh).filter((_, place) => place % 2 === 1);
}

async function measure(task: string, training: Data, fresh: Data): Promise<Measurement> {
  const target: TreeTarget = { task: 'classification', classes: 2, labels: training.labels };
  const cpu = process.cpuUsage();
  const start = performance.now();
  const score = await tasks[task]!(training.x, target);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000, auc: areaUnderCurve(score(fresh.x), fresh.labels) };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function report(task: string, ours: readonly Measurement[], theirs: readonly Measurement[]): void {
  const line = (name: string, runs: readonly Measurement[]): string => {
    const [wallMs, cpuMs, auc] = (['wallMs', 'cpuMs', 'auc'] as const).map((key) =>
      median(runs.map((run) => run[key])),
    );
    return `  ${name.padEnd(12)} ${wallMs!.toFixed(0)} ms, cpu ${cpuMs!.toFixed(0)} ms, auc ${auc!.toFixed(4)}`;
  };
  const ratio = (key: 'wallMs' | 'cpuMs'): string =>
    median(ours.map((run, round) => theirs[round]![key] / run[key])).toFixed(2);
  console.log(`${task}\n${line('onramp', ours)}\n${line('scikit-learn', theirs)}`);
  console.log(
    `  faster by ${ratio('wallMs')} (cpu ${ratio('cpuMs')}), median of ${ours.length} paired rounds`,
  );
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    tasks: { type: 'string', default: Object.keys(tasks).join() },
  },
});
const data = makeData(TRAINING_ROWS + TEST_ROWS);
const training = firstRows(data, TRAINING_ROWS);
const fresh = lastRows(data, TEST_ROWS);
const folder = await mkdtemp(join(tmpdir(), 'onramp-bench-'));
await writeFile(join(folder, 'x.f32'), data.x.data);
await writeFile(join(folder, 'y.i32'), data.labels);
const script = join(import.meta.dirname, 'fit-trees.py');
const python = spawn(
  process.env.ONRAMP_PYTHON ?? 'python3',
  [script, folder, String(TRAINING_ROWS), String(COLUMNS)],
  { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, OMP_NUM_THREADS: String(THREADS) } },
);
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
try {
  for (const task of values.tasks.split(',')) {
    const ours: Measurement[] = [];
    const theirs: Measurement[] = [];
    // The first round warms up both sides and is not counted.
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      const own = await measure(task, training, fresh);
      python.stdin.write(`${task}\n`);
      const answer = await answers.next();
      if (answer.done) throw new Error('scikit-learn ended early; its error is above');
      if (round === 0) continue;
      ours.push(own);
      theirs.push(JSON.parse(answer.value) as Measurement);
    }
    report(task, ours, theirs);
  }
} finally {
  python.stdin.end();
  await closeTreeWorkers();
  await rm(folder, { recursive: true });
}
