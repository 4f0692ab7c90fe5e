import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableLearnerName } from '../../lib/contracts/model-spec.ts';
import type { Matrix } from '../../lib/core/index.ts';
import type { Fold } from '../../lib/dataset/index.ts';
import { createGraphBuilder, createSession, encodeModel, floatTensor } from '../../lib/onnx/index.ts';
import type { PreparedProblem } from '../../lib/pipeline/problem.ts';
import { fitPreprocessor, type LearnerStyle } from '../../lib/preprocess/index.ts';
import { type Target, takeTarget } from '../../lib/train/index.ts';
import { learners } from '../../lib/train/learners/index.ts';
import { fitLinearRegression, fitLogisticRegression } from '../../lib/train/linear/index.ts';
import type { FittedLearner } from '../../lib/train/types.ts';
import { type Example, examples, prepare } from './examples.ts';
import { runPython } from './python.ts';

interface Coefficients {
  readonly coefficients: readonly number[];
  readonly intercepts: readonly number[];
}

interface PythonReport {
  /** One a fold. */
  readonly linear: readonly Coefficients[];
  readonly forest: Scores;
  readonly boosting: Scores;
}

/** Means over folds and seeds, both computed by scikit-learn. */
interface Scores {
  readonly ours: number;
  readonly theirs: number;
}

/** The encoded rows of a fold, and what is to be learnt from them. */
interface EncodedFold {
  readonly train: Matrix;
  readonly test: Matrix;
  readonly target: Target;
}

async function encodeFold(
  { table, features, target, spec }: PreparedProblem,
  fold: Fold,
  style: LearnerStyle,
): Promise<EncodedFold> {
  const preprocessor = await fitPreprocessor(table, features, fold.train, {
    spec: spec.preprocess ?? {},
    style,
  });
  const train = await preprocessor.transform(table, fold.train);
  const test = await preprocessor.transform(table, fold.test);
  await preprocessor.release();
  return { train, test, target: takeTarget(target, fold.train) };
}

async function fitLinear({ train, target }: EncodedFold): Promise<Coefficients> {
  if (target.task === 'classification') {
    const model = await fitLogisticRegression(train, target.codes, { classes: target.classes.length });
    return { coefficients: [...model.coefficients], intercepts: [...model.intercepts] };
  }
  const model = await fitLinearRegression(train, target.values);
  return { coefficients: [...model.coefficients], intercepts: [model.intercept] };
}

/** What a fitted learner's graph makes of encoded rows: probabilities [N, K] or values [N]. */
async function answersOf(
  fitted: FittedLearner,
  target: Target,
  { rows, columns, data }: Matrix,
): Promise<Float32Array> {
  const builder = createGraphBuilder('learner');
  const features = builder.input('features', 'float32', ['N', columns]);
  const { answer } = fitted.emit(builder, features);
  const shape = target.task === 'classification' ? ['N', target.classes.length] : ['N'];
  builder.output('answer', answer, 'float32', shape);
  const session = await createSession(encodeModel(builder.model()));
  const outputs = await session.run({ features: floatTensor(data, [rows, columns]) });
  await session.release();
  return outputs.answer!.data as Float32Array;
}

async function fitTrees(
  name: TableLearnerName,
  { train, test, target }: EncodedFold,
  seed: number,
): Promise<Float32Array> {
  const fitted = await learners[name].fit(train, target, { seed, threads: 2 });
  return answersOf(fitted, target, test);
}

/** How many forests are compared. */
interface Extent {
  readonly seeds: readonly number[];
  readonly forestFolds: number;
}

/** One forest of scikit-learn for fifty columns of numbers takes as long as all those of the other examples. */
const extentOf = ({ model }: Example): Extent =>
  model === 'chicago-ridership' ? { seeds: [1], forestFolds: 2 } : { seeds: [1, 2, 3], forestFolds: 5 };

/** Fits every learner on every fold, leaves rows and answers in the folder, and gives the linear models. */
async function fitHere(
  example: Example,
  { folder, seeds, forestFolds }: Extent & { readonly folder: string },
): Promise<readonly Coefficients[]> {
  const problem = await prepare(example);
  const { target, split } = problem;
  const write = (name: string, data: NodeJS.ArrayBufferView): Promise<void> =>
    writeFile(join(folder, name), data);
  const columns: Record<LearnerStyle, number[]> = { linear: [], tree: [] };
  const models: Coefficients[] = [];
  for (const [number, fold] of split.folds.entries()) {
    for (const [part, rows] of Object.entries(fold)) {
      const values = takeTarget(target, rows);
      await write(
        `${number}-${part}.f64`,
        Float64Array.from(values.task === 'classification' ? values.codes : values.values),
      );
    }
    const linear = await encodeFold(problem, fold, 'linear');
    const tree = await encodeFold(problem, fold, 'tree');
    columns.linear.push(linear.train.columns);
    columns.tree.push(tree.train.columns);
    models.push(await fitLinear(linear));
    await write(`${number}-linear-train.f32`, linear.train.data);
    await write(`${number}-tree-train.f32`, tree.train.data);
    await write(`${number}-tree-test.f32`, tree.test.data);
    await write(`${number}-boosting-${seeds[0]}.f32`, await fitTrees('boosting', tree, seeds[0]!));
    if (number >= forestFolds) continue;
    for (const seed of seeds) {
      await write(`${number}-forest-${seed}.f32`, await fitTrees('forest', tree, seed));
    }
  }
  const classes = target.task === 'classification' ? target.classes.length : 0;
  const work = { classes, seeds, columns, folds: split.folds.length, forestFolds };
  await writeFile(join(folder, 'folds.json'), JSON.stringify(work));
  return models;
}

describe.each(examples)('the learners beside those of scikit-learn, on the $model example', (example) => {
  let folder: string;
  let models: readonly Coefficients[];
  let python: PythonReport;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onramp-learners-'));
    models = await fitHere(example, { folder, ...extentOf(example) });
    python = JSON.parse(await runPython('learner-scores.py', [folder]));
  }, 240_000);
  afterAll(() => rm(folder, { recursive: true }));

  it('have the coefficients of LogisticRegression or LinearRegression in every fold', () => {
    const differences = models.map(({ coefficients, intercepts }, fold) => {
      const theirs = python.linear[fold]!;
      const expected = [...theirs.coefficients, ...theirs.intercepts];
      const scale = Math.max(...expected.map(Math.abs));
      const ours = [...coefficients, ...intercepts];
      return Math.max(...expected.map((value, at) => Math.abs(ours[at]! - value) / scale));
    });

    expect(differences).toHaveLength(5);
    expect(Math.max(...differences)).toBeLessThan(1e-3);
  });

  it('score as RandomForest does with the same settings', () => {
    const { ours, theirs } = python.forest;

    expect(Math.abs(ours - theirs)).toBeLessThan(0.01);
  });

  it('score as HistGradientBoosting does with the same settings', () => {
    const { ours, theirs } = python.boosting;

    expect(Math.abs(ours - theirs)).toBeLessThan(0.01);
  });
});
