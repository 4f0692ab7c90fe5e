import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableLearnerName } from '../../lib/contracts/model-spec.ts';
import { createRandom, type Matrix } from '../../lib/core/index.ts';
import {
  createGraphBuilder,
  createSession,
  encodeModel,
  floatTensor,
  type GraphBuilder,
  type Value,
} from '../../lib/onnx/index.ts';
import type { Target } from '../../lib/train/index.ts';
import { learners } from '../../lib/train/learners/index.ts';
import { emitIsolationForest, fitIsolationForest } from '../../lib/train/trees/index.ts';
import { runPython } from './python.ts';

const rows = 800;
/** Six numbers, and two columns of category codes. */
const columns = 8;
const layout = [
  { kind: 'numbers', start: 0, size: 6, shape: [6] },
  { kind: 'categories', start: 6, size: 2, shape: [2] },
] as const;
const seeds = [1, 2, 3, 4, 5];

type Task = 'numbers' | 'classes' | 'anomaly';

type Case = readonly [TableLearnerName | 'isolation_forest', Task, Readonly<Record<string, unknown>>];

const cases: Readonly<Record<string, Case>> = {
  'tree, numbers': ['tree', 'numbers', {}],
  'tree, classes': ['tree', 'classes', {}],
  'extra_trees, numbers': ['extra_trees', 'numbers', { max_features: 'all' }],
  'extra_trees, classes': ['extra_trees', 'classes', {}],
  'boosting with categories, numbers': ['boosting', 'numbers', { categories: 'sets' }],
  'boosting with categories, classes': ['boosting', 'classes', { categories: 'sets' }],
  isolation_forest: ['isolation_forest', 'anomaly', {}],
};

/**
 * Rows whose target bends, and rises and falls with the categories; one in twenty is from somewhere else. Numbers come in
 * steps, so that bins and scikit-learn's trees have the same thresholds to choose from.
 */
function makeRows(seed: number, task: Task): { readonly x: Matrix; readonly y: Float64Array } {
  const random = createRandom(seed);
  const effects = Array.from({ length: 30 }, () => random.normal());
  const data = new Float32Array(2 * rows * columns);
  const y = Float64Array.from({ length: 2 * rows }, (_, row) => {
    const isOdd = task === 'anomaly' && random.uniform() < 0.05;
    const values = Array.from({ length: 6 }, () => Math.round(16 * random.normal() * (isOdd ? 2.5 : 1)) / 16);
    const codes = [random.integer(6), random.integer(30)];
    data.set([...values, ...codes], row * columns);
    if (task === 'anomaly') return Number(isOdd);
    const [a, b, c] = values as [number, number, number];
    const signal =
      1.5 * a - b * Math.sign(c) + effects[codes[0]!]! + effects[codes[1]!]! + 0.5 * random.normal();
    return task === 'numbers' ? signal : Number(signal > -1) + Number(signal > 1);
  });
  return { x: { rows: 2 * rows, columns, data }, y };
}

const half = ({ data }: Matrix, part: 0 | 1): Matrix => ({
  rows,
  columns,
  data: data.slice(part * rows * columns, (part + 1) * rows * columns),
});

type Emit = (builder: GraphBuilder, features: Value) => Value;

async function fitOne(
  name: string,
  { x, y, seed }: { x: Matrix; y: Float64Array; seed: number },
): Promise<Emit> {
  const [learner, task, parameters] = cases[name]!;
  if (learner === 'isolation_forest') {
    const forest = await fitIsolationForest(x, { seed, trees: 200 });
    return (builder, features) => emitIsolationForest(builder, features, forest).answer;
  }
  const target: Target =
    task === 'numbers'
      ? { task: 'regression', values: y }
      : { task: 'classification', classes: ['a', 'b', 'c'], codes: Int32Array.from(y) };
  const fitted = await learners[learner].fit(x, target, { seed, threads: 1, parameters, layout });
  return (builder, features) => fitted.emit(builder, features).answer;
}

async function fitHere(folder: string, name: string, seed: number): Promise<object> {
  const [, task] = cases[name]!;
  const { x, y } = makeRows(seed, task);
  const [train, test] = [half(x, 0), half(x, 1)];
  const known = y.slice(0, rows);
  const emit = await fitOne(name, { x: train, y: known, seed });
  const builder = createGraphBuilder('learner');
  const answer = emit(builder, builder.input('features', 'float32', ['N', columns]));
  builder.output('answer', answer, 'float32', task === 'classes' ? ['N', 3] : ['N']);
  const file = encodeModel(builder.model());
  const session = await createSession(file);
  const outputs = await session.run({ features: floatTensor(test.data, [rows, columns]) });
  await session.release();
  const id = `${name.replaceAll(/\W+/g, '-')}-${seed}`;
  const parts = {
    '-train.f32': train.data,
    '-test.f32': test.data,
    '-target.f64': known,
    '-actual.f64': y.slice(rows),
    '-answers.f32': outputs.answer!.data as Float32Array,
    '.onnx': file,
  };
  for (const [end, data] of Object.entries(parts)) await writeFile(join(folder, `${id}${end}`), data);
  return { id, name, task, seed };
}

interface Result {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
  /** From our answers to those of onnxruntime in Python, and of the reference evaluator. */
  readonly runtimeApart: number;
  readonly evaluatorApart: number;
}

let folder: string;
let results: readonly Result[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onramp-trees-'));
  const done: object[] = [];
  for (const name of Object.keys(cases)) {
    for (const seed of seeds) done.push(await fitHere(folder, name, seed));
  }
  await writeFile(join(folder, 'work.json'), JSON.stringify({ columns, categories: [6, 7], cases: done }));
  results = JSON.parse(await runPython('tree-scores.py', [folder])) as readonly Result[];
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

describe.each(Object.keys(cases))('%s', (name) => {
  it('scores as in scikit-learn, in the mean over five seeds', () => {
    const own = results.filter((result) => result.name === name);
    const mean = (of: 'ours' | 'theirs'): number =>
      own.reduce((sum, result) => sum + result[of], 0) / own.length;

    expect(own).toHaveLength(seeds.length);
    expect(mean('theirs')).toBeGreaterThan(0.4);
    expect(Math.abs(mean('ours') - mean('theirs'))).toBeLessThan(0.01);
  });

  it('is a valid file that answers the same in Python and by the reference evaluator', () => {
    for (const { runtimeApart, evaluatorApart } of results.filter((result) => result.name === name)) {
      expect(runtimeApart).toBeLessThan(1e-5);
      expect(evaluatorApart).toBeLessThan(1e-4);
    }
  });
});
