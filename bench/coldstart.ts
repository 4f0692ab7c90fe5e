/**
 * Measures from the start of a process to its first answer: a function that says hello, predict with a model of 200 KB,
 * and Python with scikit-learn and the same model.
 *
 * Usage: node bench/coldstart.ts [rounds]
 * `ONRAMP_PYTHON` names a Python with scikit-learn and pandas; `python3` when it is not set. Linux only.
 *
 * The model is a network of two layers of 200 on the 30 columns of breast cancer, fitted by scikit-learn; both give the
 * same probabilities, which is checked. predict is the packaged folder and finds its model as on AWS, by three requests
 * to an object store, which is one on this machine; Python reads its model from the disk, which favours Python.
 * Processes run one at a time and in turns on one core, store and bench on another. Besides the time that passed, the
 * time of the processor is shown, which what else the machine does disturbs less.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ModelSchema } from '../lib/contracts/records.ts';
import { attr, createGraphBuilder, type OnnxModel } from '../lib/onnx/index.ts';
import { packageFunction } from '../scripts/package.ts';
import { proxyEvent, routeOf } from '../test/runtime/proxy-events.ts';
import { publishModels } from '../test/runtime/published-models.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const python = process.env.ONRAMP_PYTHON ?? 'python3';
const rounds = Number(process.argv[2] ?? 15);
const core = String(availableParallelism() - 1);

/** What `coldstart_model.py fit` writes. */
interface Network {
  readonly columns: readonly string[];
  readonly classes: readonly string[];
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly shapes: readonly (readonly [number, number])[];
  readonly biases: readonly (readonly number[])[];
  readonly row: readonly number[];
  readonly answer: readonly number[];
}

function graphOf({ columns, classes, mean, scale, weights, shapes, biases }: Network): OnnxModel {
  const graph = createGraphBuilder('network');
  const raw = graph.input('numeric', 'float32', ['N', columns.length]);
  let values = graph.op('Div', [graph.op('Sub', [raw, graph.floats(mean)]), graph.floats(scale)]);
  weights.forEach((layer, index) => {
    const sum = graph.op('MatMul', [values, graph.floats(layer, shapes[index]!)]);
    const shifted = graph.op('Add', [sum, graph.floats(biases[index]!)]);
    values = graph.op(index === weights.length - 1 ? 'Sigmoid' : 'Relu', [shifted]);
  });
  const probabilities = graph.op('Concat', [graph.op('Sub', [graph.floats([1]), values]), values], {
    axis: attr.int(1),
  });
  const best = graph.op('ArgMax', [probabilities], { axis: attr.int(1), keepdims: attr.int(0) });
  graph.output('label', graph.op('Gather', [graph.strings(classes), best]), 'string', ['N']);
  graph.output('probabilities', probabilities, 'float32', ['N', classes.length]);
  return graph.model();
}

const schemaOf = ({ columns, classes }: Network): ModelSchema => ({
  features: columns.map((name, index) => ({ name, type: 'numeric', input: 'numeric', index, missing: 0 })),
  ignored: [],
  classes: [...classes],
});

/** One way from nothing to an answer, and how long it took each time. */
interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  readonly wallMs: number[];
  readonly cpuMs: number[];
}

const contender = (name: string, ...command: string[]): Contender => ({
  name,
  command,
  wallMs: [],
  cpuMs: [],
});

/** What a process says when it has its answer. */
interface Report {
  readonly cpuMs: number;
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** Starts the process on the one core and waits for its line. */
async function time({ command, wallMs, cpuMs }: Contender, env: Record<string, string>): Promise<Report> {
  const startedAt = performance.now();
  const child = spawn('taskset', ['-c', core, ...command], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let output = '';
  let answeredAt = Number.NaN;
  for await (const part of child.stdout) {
    output += part;
    if (output.includes('"cpuMs"') && Number.isNaN(answeredAt)) answeredAt = performance.now();
  }
  await ended;
  const line = output.split('\n').find((text) => text.includes('"cpuMs"'));
  if (line === undefined) throw new Error(`${command.join(' ')} gave no answer: ${output}`);
  const report: Report = JSON.parse(line);
  wallMs.push(answeredAt - startedAt);
  cpuMs.push(report.cpuMs);
  return report;
}

const median = (values: readonly number[]): number =>
  [...values].sort((left, right) => left - right)[values.length >> 1]!;

function show(contenders: readonly Contender[]): void {
  const [hello, , other] = contenders as [Contender, Contender, Contender];
  for (const { name, wallMs, cpuMs } of contenders) {
    const [wall, cpu] = [median(wallMs), median(cpuMs)];
    console.log(
      `${name.padEnd(24)} ${wall.toFixed(0).padStart(6)} ms, least ${Math.min(...wallMs)
        .toFixed(0)
        .padStart(5)}, ` +
        `processor ${cpu.toFixed(0).padStart(5)} ms; ${(wall / median(hello.wallMs)).toFixed(2)} x hello ` +
        `(${(cpu / median(hello.cpuMs)).toFixed(2)} by processor), ` +
        `1/${(median(other.wallMs) / wall).toFixed(1)} of Python (1/${(median(other.cpuMs) / cpu).toFixed(1)})`,
    );
  }
}

spawnSync('taskset', ['-pc', '0', String(process.pid)], { stdio: 'ignore' });
const models = await publishModels({});
const folder = models.environment.TMPDIR!;
const script = join(root, 'bench/coldstart_model.py');
const fit = [script, 'fit', join(root, 'examples/data/breast_cancer.csv'), folder];
if (spawnSync(python, fit, { stdio: 'inherit' }).status !== 0) {
  throw new Error('set ONRAMP_PYTHON to a Python with scikit-learn and pandas');
}
const network: Network = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
await models.publish('network/1', { file: graphOf(network), schema: schemaOf(network) });
const row = Object.fromEntries(network.columns.map((name, index) => [name, network.row[index]]));
const event = proxyEvent(routeOf('predict'), { path: { model: 'network' }, body: { instances: [row] } });
writeFileSync(join(folder, 'event.json'), JSON.stringify(event));
writeFileSync(join(folder, 'hello.mjs'), 'export const handler = async () => ({ body: \'"hello"\' });');

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const packaged = packageFunction({ root, name: 'predict', architecture });
const ask = (file: string): string[] => [
  ...[process.execPath, join(root, 'bench/coldstart-child.mjs')],
  ...[pathToFileURL(file).href, join(folder, 'event.json')],
];
const contenders = [
  contender('hello', ...ask(join(folder, 'hello.mjs'))),
  contender('predict', ...ask(join(packaged, 'index.js'))),
  contender('Python, scikit-learn', python, script, 'ask', folder),
];
const env = { ...models.environment, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
// One round for the caches of the disk.
for (let round = -1; round < rounds; round += 1) {
  for (const one of contenders) {
    const { probabilities } = await time(one, env);
    network.classes.forEach((name, index) => {
      const difference = Math.abs((probabilities?.[name] ?? network.answer[index]!) - network.answer[index]!);
      if (difference > 1e-4) throw new Error(`${one.name} is off by ${difference}`);
    });
    if (round < 0) one.wallMs.length = one.cpuMs.length = 0;
  }
}
show(contenders);
await models.close();
rmSync(folder, { recursive: true, force: true });
