import { describe, expect, it } from 'vitest';
import { createRandom, type Matrix } from '../../../lib/core/index.ts';
import { createGraphBuilder, createSession, encodeModel } from '../../../lib/onnx/index.ts';
import {
  emitLinear,
  fitLinearRegression,
  fitLogisticRegression,
  type LinearModel,
} from '../../../lib/train/linear/index.ts';
import oracle from './fixtures/linear.json' with { type: 'json' };

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly features: readonly number[];
  readonly weights: readonly number[] | null;
}

const matrixOf = ({ rows, columns, features }: Case): Matrix => ({
  rows,
  columns,
  data: Float32Array.from(features),
});

const weightsOf = ({ weights }: Case): { weights?: Float64Array } =>
  weights === null ? {} : { weights: Float64Array.from(weights) };

/** Largest difference as a share of the largest expected number. */
function distance(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  const size = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, index) => Math.abs(actual[index]! - value) / size));
}

/** The answers of the model as an ONNX file. */
async function answer(model: LinearModel, { rows, columns, data }: Matrix): Promise<Float32Array> {
  const builder = createGraphBuilder('linear');
  const features = builder.input('features', 'float32', ['rows', columns]);
  const shape = model.task === 'regression' ? ['rows'] : ['rows', model.classes];
  builder.output('answer', emitLinear(builder, features, model).answer, 'float32', shape);
  const session = await createSession(encodeModel(builder.model()));
  const { answer: tensor } = await session.run({
    features: { type: 'float32', dims: [rows, columns], data },
  });
  await session.release();
  expect(tensor!.dims).toEqual(model.task === 'regression' ? [rows] : [rows, model.classes]);
  return tensor!.data as Float32Array;
}

/** Independent standard normal features and a target that is their sum. */
function randomRows(rows: number, columns: number): { x: Matrix; labels: Int32Array; y: Float64Array } {
  const random = createRandom(1);
  const data = Float32Array.from({ length: rows * columns }, () => random.normal());
  const y = Float64Array.from({ length: rows }, (_, row) =>
    data.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + value, 0),
  );
  const labels = Int32Array.from(y, (value) => (value + random.normal() > 0 ? 1 : 0));
  return { x: { rows, columns, data }, labels, y };
}

describe('linear regression has the coefficients of scikit-learn', () => {
  it.each(oracle.regression)('$name', async (problem) => {
    const model = await fitLinearRegression(matrixOf(problem), problem.target, weightsOf(problem));

    expect(distance(model.coefficients, problem.coefficients)).toBeLessThan(1e-8);
    expect(distance([model.intercept], [problem.intercept])).toBeLessThan(1e-8);
  });

  it.each(oracle.regression)('$name: its float32 graph answers within 1e-6', async (problem) => {
    const x = matrixOf(problem);

    const model = await fitLinearRegression(x, problem.target, weightsOf(problem));
    const values = await answer(model, x);

    for (const [row, expected] of problem.predicted.entries()) {
      expect(Math.abs(values[row]! - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
    }
  });

  it('over several chunks of rows', async () => {
    const { x, y } = randomRows(3_000, 300);

    const model = await fitLinearRegression(x, y);

    expect(distance(model.coefficients, new Array<number>(300).fill(1))).toBeLessThan(1e-6);
  });

  it('however far the units of dependent columns are apart', async () => {
    const random = createRandom(2);
    const base = Array.from({ length: 50 }, () => random.normal());
    const data = Float32Array.from(base.flatMap((value) => [value * 2 ** 30, value * 2 ** -30, value]));

    const model = await fitLinearRegression({ rows: 50, columns: 3, data }, base);
    const values = base.map((value) => {
      const [large, small, plain] = model.coefficients;
      return value * (large! * 2 ** 30 + small! * 2 ** -30 + plain!) + model.intercept;
    });

    expect(distance(values, base)).toBeLessThan(1e-6);
    // The shortest solution leans on the column that needs the smallest coefficient.
    expect(Math.hypot(...model.coefficients)).toBeLessThan(2 ** -29);
  });
});

describe('logistic regression has the coefficients of scikit-learn', () => {
  it.each(oracle.classification)('$name', async (problem) => {
    const { C, classes } = problem;

    const model = await fitLogisticRegression(matrixOf(problem), problem.target, {
      C,
      classes,
      ...weightsOf(problem),
    });

    expect(model.converged).toBe(true);
    expect(distance(model.coefficients, problem.coefficients)).toBeLessThan(1e-4);
    expect(distance(model.intercepts, problem.intercepts)).toBeLessThan(1e-3);
  });

  it.each(oracle.classification)('$name: its graph answers the same probabilities', async (problem) => {
    const { C, classes } = problem;
    const x = matrixOf(problem);

    const model = await fitLogisticRegression(x, problem.target, { C, classes, ...weightsOf(problem) });
    const probabilities = await answer(model, x);

    expect(distance(probabilities, problem.probabilities)).toBeLessThan(1e-4);
  });

  it.each([
    ['two', 2],
    ['three', 3],
  ])('and gives next to no probability to a class without rows, of %s', async (_title, classes) => {
    const { x, labels } = randomRows(100, 2);
    const present = classes === 2 ? new Int32Array(100) : labels;

    const model = await fitLogisticRegression(x, present, { classes });
    const probabilities = await answer(model, x);

    expect(model.converged).toBe(true);
    for (let row = 0; row < 100; row += 1)
      expect(probabilities[row * classes + classes - 1]!).toBeLessThan(1e-6);
  });

  it('and keeps small probabilities of either class apart from 0', async () => {
    const model: LinearModel = {
      task: 'classification',
      classes: 2,
      features: 1,
      coefficients: Float64Array.of(1),
      intercepts: Float64Array.of(0),
      iterations: 1,
      converged: true,
    };

    const probabilities = await answer(model, { rows: 2, columns: 1, data: Float32Array.of(-40, 40) });

    expect(probabilities[1]! / Math.exp(-40)).toBeCloseTo(1, 5);
    expect(probabilities[2]! / Math.exp(-40)).toBeCloseTo(1, 5);
  });
});

describe('logistic regression on many rows', () => {
  // Every sample of evenly spaced rows misleads here: labels and weights go with the number of the row.
  it('ends where the mean gradient over all of them is 0', async () => {
    const { x, labels } = randomRows(60_000, 3);
    const sorted = labels.map((label, row) => (row % 6 === 0 ? 1 : label));
    const weights = Float64Array.from(labels, (_, row) => 1 + (row % 2));

    const model = await fitLogisticRegression(x, sorted, { classes: 2, weights, C: 1e-3 });

    const gradient = [...model.coefficients].map((value) => value / 1e-3);
    let intercept = 0;
    for (let row = 0; row < x.rows; row += 1) {
      const values = x.data.subarray(row * 3, row * 3 + 3);
      const logit = values.reduce(
        (sum, value, at) => sum + value * model.coefficients[at]!,
        model.intercepts[0]!,
      );
      const error = weights[row]! * (1 / (1 + Math.exp(-logit)) - sorted[row]!);
      for (const [at, value] of values.entries()) gradient[at]! += error * value;
      intercept += error;
    }
    for (const component of [...gradient, intercept]) expect(Math.abs(component) / 90_000).toBeLessThan(2e-6);
    expect(model.converged).toBe(true);
  });
});

describe('a long fit', () => {
  it('says how far it is', async () => {
    const { x, labels } = randomRows(200, 3);
    const shares: number[] = [];

    const { iterations } = await fitLogisticRegression(x, labels, {
      classes: 2,
      onProgress: (share) => shares.push(share),
    });

    expect(shares).toHaveLength(iterations);
    expect(shares).toEqual(shares.toSorted((left, right) => left - right));
    expect(shares[0]!).toBeLessThan(0.9);
    expect(shares.at(-1)).toBe(1);
  });

  it('stops when the iterations run out, and says that it is not the optimum', async () => {
    const { x, labels } = randomRows(200, 3);

    const model = await fitLogisticRegression(x, labels, { classes: 2, maxIterations: 1 });

    expect(model).toMatchObject({ iterations: 1, converged: false });
  });

  it('gives way to the event loop and stops when it is told to', async () => {
    const { x, labels } = randomRows(200, 3);
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error('enough')));

    const fit = fitLogisticRegression(x, labels, { classes: 2, signal: controller.signal });

    await expect(fit).rejects.toThrow('enough');
  });

  it('of a linear regression stops when it is told to', async () => {
    const { x, y } = randomRows(50, 3);

    const fit = fitLinearRegression(x, y, { signal: AbortSignal.abort(new Error('enough')) });

    await expect(fit).rejects.toThrow('enough');
  });
});

describe('bad call', () => {
  const x: Matrix = { rows: 2, columns: 1, data: Float32Array.of(1, 2) };
  const broken: Matrix = { rows: 2, columns: 2, data: Float32Array.of(1, 2, 3, Number.NaN) };
  const infinite: Matrix = { rows: 1, columns: 1, data: Float32Array.of(Number.POSITIVE_INFINITY) };
  const two = { classes: 2 };

  it.each([
    ['no rows', () => fitLinearRegression({ rows: 0, columns: 1, data: new Float32Array(0) }, []), 'one row'],
    [
      'no features',
      () => fitLinearRegression({ rows: 1, columns: 0, data: new Float32Array(0) }, [1]),
      'one feature',
    ],
    ['targets of other rows', () => fitLinearRegression(x, [1]), '2 rows but 1 targets'],
    [
      'weights of other rows',
      () => fitLinearRegression(x, [1, 2], { weights: Float64Array.of(1) }),
      '1 weights',
    ],
    [
      'a negative weight',
      () => fitLinearRegression(x, [1, 2], { weights: Float64Array.of(1, -1) }),
      'row 1 is -1',
    ],
    [
      'no weight at all',
      () => fitLinearRegression(x, [1, 2], { weights: Float64Array.of(0, 0) }),
      'All weights',
    ],
    ['a missing feature', () => fitLinearRegression(broken, [1, 2]), 'NaN (row 1, feature column 1)'],
    ['an infinite feature', () => fitLinearRegression(infinite, [1]), 'Infinity (row 0'],
    ['a missing target', () => fitLinearRegression(x, [1, Number.NaN]), 'row 1 is NaN'],
    ['a label beyond the classes', () => fitLogisticRegression(x, [0, 2], two), 'Label of row 1 is 2'],
    ['one class', () => fitLogisticRegression(x, [0, 0], { classes: 1 }), 'at least two classes'],
    [
      'a penalty of no size',
      () => fitLogisticRegression(x, [0, 1], { ...two, C: 0 }),
      'positive number, got 0',
    ],
    [
      'a missing feature of a classifier',
      () => fitLogisticRegression(broken, [0, 1], two),
      'row 1, feature column 1',
    ],
  ])('bad call: %s', async (_title, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});
