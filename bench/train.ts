/**
 * Trains the same networks here and with PyTorch, turn by turn in one run: time of an epoch, on one thread and on two.
 *
 * An epoch is what many epochs take longer than one, divided by their number: what is built once counts on neither
 * side. Batches are of 32 rows (64 of the network for digits, without changes of the pictures), steps those of Adam.
 *
 * @example ONRAMP_PYTHON=python3 node bench/train.ts --rounds 3 --tasks mlp,lstm
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import {
  activation,
  arithmetic,
  classTarget,
  dense,
  type Layer,
  layerNormalization,
  type Network,
  networkOf,
  recurrent,
  residual,
  selfAttention,
  sequence,
  trainNetwork,
} from '../lib/autodiff/index.ts';
import { createRandom } from '../lib/core/index.ts';
import { floatTensor } from '../lib/onnx/index.ts';
import { networkFor } from '../lib/train/networks/index.ts';

interface Task {
  readonly rows: number;
  readonly shape: readonly number[];
  readonly batch: number;
  /** How many are timed. */
  readonly epochs: number;
  network(): Network;
}

const pixels = 784;
const classes = 10;
const digits = {
  columns: pixels,
  layout: [{ kind: 'pixels', start: 0, size: pixels, shape: [28, 28, 1] }],
} as const;

/** Adds up what comes at each position and divides by how many there are. */
const meanOfPositions: Layer = {
  kind: 'mean',
  parameters: {},
  apply: ({ tape }, input) => arithmetic(tape).mean(input, [1], false),
};

const tasks: Readonly<Record<string, Task>> = {
  logistic: {
    rows: 8000,
    shape: [pixels],
    batch: 32,
    epochs: 40,
    network: () => networkOf(dense(pixels, classes), 'x'),
  },
  mlp: {
    rows: 8000,
    shape: [pixels],
    batch: 32,
    epochs: 15,
    network: () => networkOf(sequence([dense(pixels, 128), activation('Relu'), dense(128, classes)]), 'x'),
  },
  mnist: {
    rows: 2048,
    shape: [pixels],
    batch: 64,
    epochs: 2,
    network: () =>
      networkFor('convolution', { preset: 'mnist', augmentation: {} }, digits).networkOf(classes),
  },
  lenet: {
    rows: 4096,
    shape: [pixels],
    batch: 32,
    epochs: 5,
    network: () => networkFor('convolution', { preset: 'lenet' }, digits).networkOf(classes),
  },
  lstm: {
    rows: 8000,
    shape: [24, 1],
    batch: 32,
    epochs: 8,
    network: () => networkOf(sequence([recurrent('LSTM', 1, 32), dense(32, classes)]), 'x'),
  },
  attention: {
    rows: 8000,
    shape: [24, 4],
    batch: 32,
    epochs: 8,
    network: () =>
      networkOf(
        sequence([
          dense(4, 32),
          residual(sequence([layerNormalization(32), selfAttention(32, 4)])),
          residual(sequence([layerNormalization(32), dense(32, 128), activation('Relu'), dense(128, 32)])),
          meanOfPositions,
          dense(32, classes),
        ]),
        'x',
      ),
  },
};

/** Seconds that so many epochs take, with everything that is built before the first one. */
async function trainHere(
  { rows, shape, batch, network }: Task,
  epochs: number,
  threads: number,
): Promise<number> {
  const random = createRandom(3);
  const size = shape.reduce((product, length) => product * length, 1);
  const x = Float32Array.from({ length: rows * size }, () => random.uniform());
  const problem = {
    network: network(),
    inputs: { x: floatTensor(x, [rows, ...shape]) },
    target: classTarget(Array.from({ length: rows }, () => random.integer(classes))),
    loss: { kind: 'cross-entropy' },
  } as const;
  const started = performance.now();
  await trainNetwork(problem, { optimizer: { kind: 'adam' }, epochs, batchSize: batch, seed: 1, threads });
  return (performance.now() - started) / 1000;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    tasks: { type: 'string', default: Object.keys(tasks).join(',') },
    threads: { type: 'string', default: '1,2' },
  },
});
const python = spawn(process.env.ONRAMP_PYTHON ?? 'python3', ['bench/train.py'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const ask = async (question: object): Promise<{ readonly seconds: number; readonly version: string }> => {
  python.stdin.write(`${JSON.stringify(question)}\n`);
  return JSON.parse((await answers.next()).value as string);
};

/** Seconds of one epoch. */
const epochOf = async (epochs: number, run: (epochs: number) => Promise<number>): Promise<number> => {
  const one = await run(1);
  return ((await run(1 + epochs)) - one) / epochs;
};
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
const inMs = (numbers: readonly number[]): string => (median(numbers) * 1000).toFixed(0).padStart(7);

const { version } = await ask({ task: 'logistic', rows: 64, batch: 32, epochs: 1, threads: 1 });
// Starts the thread.
await trainHere(tasks.logistic!, 1, 1);
console.log(`ms an epoch, medians of ${values.rounds} rounds; PyTorch ${version}, Node ${process.version}`);
console.log('task        threads    here PyTorch  ratio');
for (const name of values.tasks.split(',')) {
  const task = tasks[name]!;
  const { rows, batch, epochs } = task;
  for (const threads of values.threads.split(',').map(Number)) {
    const [here, there]: [number[], number[]] = [[], []];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      here.push(await epochOf(epochs, (count) => trainHere(task, count, threads)));
      there.push(
        await epochOf(
          epochs,
          async (count) => (await ask({ task: name, rows, batch, epochs: count, threads })).seconds,
        ),
      );
    }
    const ratio = (median(here) / median(there)).toFixed(2).padStart(6);
    console.log(`${name.padEnd(12)}${String(threads).padStart(7)} ${inMs(here)} ${inMs(there)} ${ratio}`);
  }
}
python.stdin.end();
