import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TableLearnerName } from '../../lib/contracts/model-spec.ts';
import { createRandom, type Matrix } from '../../lib/core/index.ts';
import { createGraphBuilder, createSession, encodeModel, floatTensor } from '../../lib/onnx/index.ts';
import type { Target } from '../../lib/train/index.ts';
import { learners } from '../../lib/train/learners/index.ts';
import { runPython } from './python.ts';

const columns = 8;
const rows = 600;
const seeds = [1, 2, 3, 4, 5];

const cases = {
  'linear, l1': ['linear', 3, { penalty: 'l1', C: 0.1 }],
  svm: ['svm', 3, {}],
  'svm, hinge': ['svm', 2, { loss: 'hinge' }],
  'svm, numbers': ['svm', 0, {}],
  kernel_svm: ['kernel_svm', 3, {}],
  'kernel_svm, polynomial': ['kernel_svm', 2, { kernel: 'polynomial', coef0: 1 }],
  'kernel_svm, numbers': ['kernel_svm', 0, {}],
  nearest_neighbours: ['nearest_neighbours', 3, {}],
  'nearest_neighbours, numbers': ['nearest_neighbours', 0, { k: 9, weights: 'distance' }],
  naive_bayes: ['naive_bayes', 3, {}],
  ridge: ['ridge', 0, {}],
  lasso: ['lasso', 0, {}],
  elastic_net: ['elastic_net', 0, {}],
} as const satisfies Record<string, readonly [TableLearnerName, 0 | 2 | 3, object]>;

/** Rows with a signal that is partly straight, partly bent; the second half is for testing. */
function makeRows(seed: number, classes: 0 | 2 | 3): { readonly x: Matrix; readonly y: Float64Array } {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: 2 * rows * columns }, () => random.normal());
  const y = Float64Array.from({ length: 2 * rows }, (_, row) => {
    const at = (column: number): number => data[row * columns + column]!;
    const signal = 1.5 * at(0) - at(1) + Math.sin(2 * at(2)) + 0.5 * at(3) * at(4) + 0.5 * random.normal();
    return classes === 0
      ? signal
      : Number(signal > (classes === 2 ? 0 : -1)) + Number(classes === 3 && signal > 1);
  });
  return { x: { rows: 2 * rows, columns, data }, y };
}

const half = ({ data }: Matrix, part: 0 | 1): Matrix => ({
  rows,
  columns,
  data: data.slice(part * rows * columns, (part + 1) * rows * columns),
});

async function fitHere(folder: string, name: keyof typeof cases, seed: number) {
  const [learner, classes, parameters] = cases[name];
  const { x, y } = makeRows(seed, classes);
  const [train, test] = [half(x, 0), half(x, 1)];
  const known = y.slice(0, rows);
  const target: Target =
    classes === 0
      ? { task: 'regression', values: known }
      : { task: 'classification', classes: ['a', 'b', 'c'].slice(0, classes), codes: Int32Array.from(known) };
  const fitted = await learners[learner].fit(train, target, { seed, threads: 1, parameters });
  const builder = createGraphBuilder('learner');
  const { answer } = fitted.emit(builder, builder.input('features', 'float32', ['N', columns]));
  builder.output('answer', answer, 'float32', classes === 0 ? ['N'] : ['N', classes]);
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
  return { id, name, classes };
}

interface Result {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
  readonly apart: number;
}

let folder: string;
let results: readonly Result[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onramp-classic-'));
  const done = [];
  for (const name of Object.keys(cases) as (keyof typeof cases)[]) {
    for (const seed of seeds) done.push(await fitHere(folder, name, seed));
  }
  await writeFile(join(folder, 'work.json'), JSON.stringify({ columns, cases: done }));
  results = JSON.parse(await runPython('classic-scores.py', [folder]));
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

it.each(Object.keys(cases))('%s scores as in scikit-learn, in the mean over five seeds', (name) => {
  const own = results.filter((result) => result.name === name);
  const mean = (of: 'ours' | 'theirs'): number =>
    own.reduce((sum, result) => sum + result[of], 0) / own.length;

  expect(own).toHaveLength(seeds.length);
  expect(mean('theirs')).toBeGreaterThan(0.5);
  expect(Math.abs(mean('ours') - mean('theirs'))).toBeLessThan(0.01);
});

it.each(Object.keys(cases))('the file of %s is valid ONNX and answers the same in Python', (name) => {
  for (const { apart } of results.filter((result) => result.name === name)) expect(apart).toBeLessThan(1e-5);
});
