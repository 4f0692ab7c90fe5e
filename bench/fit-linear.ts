/**
 * Times the linear learners against scikit-learn on the same 100,000 x 20 rows, in turns.
 *
 * Usage: node bench/fit-linear.ts [rounds]
 * `ONRAMP_PYTHON` names a Python with scikit-learn 1.9 and NumPy; `python3` when it is not set.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Matrix } from '../lib/core/index.ts';
import { fitLinearRegression, fitLogisticRegression } from '../lib/train/linear/index.ts';

const rows = 100_000;
const columns = 20;
const classes = 4;
const defaultRounds = 3;
/** Threads that the one before has left spinning come to rest in this time. */
const restMs = 300;

/** Answers each line with a task's name by the milliseconds of one fit, with the defaults of scikit-learn. */
const python = `
import sys, time, warnings
import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
warnings.simplefilter("ignore")
folder, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
read = lambda name, kind: np.fromfile(f"{folder}/{name}.bin", dtype=kind)
features = {name: read(name, np.float32).reshape(rows, columns) for name in ("scaled", "raw")}
features |= {name + "64": values.astype(np.float64) for name, values in list(features.items())}
targets = {"linear": read("linear", np.float64), "binary": read("binary", np.int32), "multinomial": read("multinomial", np.int32)}
for line in sys.stdin:
    task, data = line.split()
    model = LinearRegression() if task == "linear" else LogisticRegression()
    start = time.perf_counter()
    model.fit(features[data], targets[task])
    print((time.perf_counter() - start) * 1000, flush=True)
`;

interface Data {
  readonly scaled: Matrix;
  readonly raw: Matrix;
  readonly linear: Float64Array;
  readonly binary: Int32Array;
  readonly multinomial: Int32Array;
}

/** Normal features, once of spread 1 and once in mixed units with offsets, and targets that depend on them. */
function makeData(): Data {
  const random = createRandom(1);
  const data = Float32Array.from({ length: rows * columns }, () => random.normal());
  const units = Float64Array.from({ length: columns }, () => Math.exp(2 * random.normal()));
  const offsets = units.map((unit) => 5 * unit * random.normal());
  const weights = Float64Array.from({ length: columns * classes }, () => random.normal());
  const linear = new Float64Array(rows);
  const binary = new Int32Array(rows);
  const multinomial = new Int32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const logits = Array.from({ length: classes }, (_, k) => {
      let sum = -Math.log(-Math.log(1 - random.uniform()));
      for (let column = 0; column < columns; column += 1) {
        sum += data[row * columns + column]! * weights[column * classes + k]!;
      }
      return sum;
    });
    linear[row] = logits[0]!;
    binary[row] = logits[0]! > logits[1]! ? 1 : 0;
    multinomial[row] = logits.indexOf(Math.max(...logits));
  }
  const raw = data.map((value, at) => value * units[at % columns]! + offsets[at % columns]!);
  return { scaled: { rows, columns, data }, raw: { rows, columns, data: raw }, linear, binary, multinomial };
}

type Task = 'linear' | 'binary' | 'multinomial';

async function timeOurs(data: Data, task: Task, kind: 'scaled' | 'raw'): Promise<number> {
  const start = performance.now();
  if (task === 'linear') await fitLinearRegression(data[kind], data.linear);
  else await fitLogisticRegression(data[kind], data[task], { classes: task === 'binary' ? 2 : classes });
  return performance.now() - start;
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

async function main(): Promise<void> {
  const rounds = Number(process.argv[2] ?? defaultRounds);
  const data = makeData();
  const folder = mkdtempSync(path.join(tmpdir(), 'fit-linear-'));
  for (const name of ['scaled', 'raw'] as const) writeFileSync(`${folder}/${name}.bin`, data[name].data);
  for (const name of ['linear', 'binary', 'multinomial'] as const) {
    writeFileSync(`${folder}/${name}.bin`, data[name]);
  }
  const command = process.env.ONRAMP_PYTHON ?? 'python3';
  const peer = spawn(command, ['-c', python, folder, String(rows), String(columns)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const timeTheirs = async (task: Task, kind: string): Promise<number> => {
    peer.stdin.write(`${task} ${kind}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ended early; set ONRAMP_PYTHON to a Python with scikit-learn`);
    return Number(value);
  };
  try {
    console.log(
      'fit of 100,000 x 20, median ms          onramp  sklearn f32  sklearn f64  ratio f32  ratio f64',
    );
    for (const kind of ['scaled', 'raw'] as const) {
      for (const task of ['linear', 'binary', 'multinomial'] as const) {
        const times: [number, number, number][] = [];
        for (let round = -1; round < rounds; round += 1) {
          await delay(restMs);
          const ours = await timeOurs(data, task, kind);
          await delay(restMs);
          const single = await timeTheirs(task, kind);
          await delay(restMs);
          const double = await timeTheirs(task, `${kind}64`);
          // The first round warms up.
          if (round >= 0) times.push([ours, single, double]);
        }
        const [ours, single, double] = [0, 1, 2].map((side) => middle(times.map((time) => time[side]!)));
        const numbers = [ours!, single!, double!, single! / ours!, double! / ours!];
        console.log(
          `${`${task}, ${kind} features`.padEnd(35)}${numbers.map((n) => n.toFixed(1).padStart(11)).join('')}`,
        );
      }
    }
  } finally {
    peer.stdin.end();
    rmSync(folder, { recursive: true });
  }
}

await main();
