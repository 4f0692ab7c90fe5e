/**
 * Trains the same networks here, with PyTorch and, where it has them, with scikit-learn, turn by turn, each in a process
 * of its own: time of an epoch and peak memory, on one thread and on two.
 *
 * An epoch is what many epochs take longer than one, divided by their number: what is built once counts on no side.
 * Batches are of 32 rows (64 of the network for digits, without changes of the pictures), steps those of Adam. A ratio is
 * the median of those of the rounds.
 *
 * @example ONRAMP_PYTHON=python3 node bench/train.ts --rounds 3 --tasks mlp,lstm
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
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

/** One training: how many epochs of which task, on how many threads. */
interface Order {
  readonly task: string;
  readonly rows: number;
  readonly batch: number;
  readonly epochs: number;
  readonly threads: number;
}

/** What a training took; the memory is the peak of its process so far. */
interface Answer {
  readonly seconds: number;
  readonly peakMb: number;
  readonly version: string;
}

/** With everything that is built before the first step. */
async function trainHere({ task, rows, epochs, threads }: Order): Promise<Answer> {
  const { shape, batch, network } = tasks[task]!;
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
  const seconds = (performance.now() - started) / 1000;
  return { seconds, peakMb: process.resourceUsage().maxRSS / 1024, version: process.versions.node };
}

/** A process that trains what it is told to. */
interface Contestant {
  readonly name: string;
  train(order: Order): Promise<Answer>;
  end(): void;
}

function start(name: string, command: string, args: readonly string[]): Contestant {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    train: async (order) => {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const line = await answers.next();
      if (line.done) throw new Error(`${name} ended early; its error is above`);
      return JSON.parse(line.value) as Answer;
    },
    end: () => child.stdin.end(),
  };
}

const python = process.env.ONRAMP_PYTHON ?? 'python3';
const script = (name: string): string => join(import.meta.dirname, name);
/** scikit-learn has dense networks alone. */
const contestantsOf = (task: string): readonly Contestant[] => [
  start('here', process.execPath, [import.meta.filename, '--child']),
  start('PyTorch', python, [script('train.py'), 'torch']),
  ...(['logistic', 'mlp'].includes(task)
    ? [start('scikit-learn', python, [script('train.py'), 'scikit-learn'])]
    : []),
];

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

/** Interleaved rounds; each contestant has trained once before. */
async function compare(task: string, threads: number, rounds: number): Promise<void> {
  const { rows, batch, epochs } = tasks[task]!;
  const order = { task, rows, batch, threads };
  const contestants = contestantsOf(task);
  const seconds = contestants.map((): number[] => []);
  let last: readonly Answer[] = [];
  for (const { train } of contestants) await train({ ...order, epochs: 1 });
  for (let round = 0; round < rounds; round += 1) {
    const answers: Answer[] = [];
    for (const [index, { train }] of contestants.entries()) {
      const one = await train({ ...order, epochs: 1 });
      const many = await train({ ...order, epochs: 1 + epochs });
      seconds[index]!.push((many.seconds - one.seconds) / epochs);
      answers.push(many);
    }
    last = answers;
  }
  for (const contestant of contestants) contestant.end();
  console.log(`${task}, ${threads} thread(s)`);
  for (const [index, { name }] of contestants.entries()) {
    const ms = median(seconds[index]!) * 1000;
    const share = median(seconds[0]!.map((own, round) => own / seconds[index]![round]!));
    const { peakMb, version } = last[index]!;
    console.log(
      `  ${`${name} (${version})`.padEnd(28)}${ms.toFixed(0).padStart(6)} ms an epoch  peak ${peakMb.toFixed(0).padStart(5)} MB` +
        (index === 0 ? '' : `  here takes ${share.toFixed(2)} of its time`),
    );
  }
}

const { values } = parseArgs({
  options: {
    child: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    tasks: { type: 'string', default: Object.keys(tasks).join(',') },
    threads: { type: 'string', default: '1,2' },
  },
});
if (values.child) {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await trainHere(JSON.parse(line) as Order)));
  }
} else {
  for (const task of values.tasks.split(',')) {
    for (const threads of values.threads.split(',')) {
      await compare(task, Number(threads), Number(values.rounds));
    }
  }
}
