import { describe, expect, it, test } from 'vitest';
import {
  fitLinearRegression,
  fitLogisticRegression,
  fitPenalisedRegression,
} from '../../../lib/train/linear/index.ts';
import { distance, features, oracle } from '../learners/classic.ts';

const { penalised, logistic } = oracle;
const values = Float64Array.from(oracle.values);

describe('a penalised regression has the coefficients of scikit-learn', () => {
  it.each([
    ['Ridge', { penalty: 'ridge', alpha: 3 }, penalised.ridge],
    ['Lasso', { penalty: 'elastic_net', l1Ratio: 1, alpha: 1.5 }, penalised.lasso],
    ['ElasticNet', { penalty: 'elastic_net', l1Ratio: 0.3, alpha: 0.8 }, penalised.elastic_net],
  ] as const)('%s', async (_name, options, expected) => {
    const model = await fitPenalisedRegression(features, values, { ...options, seed: 1 });

    expect(distance(model.coefficients, expected.coefficients)).toBeLessThan(1e-6);
    expect(model.intercept).toBeCloseTo(expected.intercepts[0]!, 5);
  });

  it.each([
    ['RidgeCV', { penalty: 'ridge' }, penalised.ridge_cv],
    ['LassoCV', { penalty: 'elastic_net', l1Ratio: 1 }, penalised.lasso_cv],
    [
      'ElasticNetCV of a target of standard deviation 1',
      { penalty: 'elastic_net', l1Ratio: 0.3 },
      penalised.elastic_net_cv,
    ],
  ] as const)('and the alpha of %s where none is given', async (_name, options, expected) => {
    const model = await fitPenalisedRegression(features, values, { ...options, seed: 1 });

    expect(model.alpha / expected.alpha).toBeCloseTo(1, 6);
    expect(distance(model.coefficients, expected.coefficients)).toBeLessThan(1e-5);
  });

  test.each([
    ['ridge', { penalty: 'ridge' }],
    ['lasso', { penalty: 'elastic_net', l1Ratio: 1 }],
    ['elastic net', { penalty: 'elastic_net', l1Ratio: 0.5 }],
  ] as const)('and the %s is the same in whatever unit the target is', async (_name, options) => {
    const cents = values.map((value) => value * 1e6);

    const model = await fitPenalisedRegression(features, values, { ...options, seed: 1 });
    const inCents = await fitPenalisedRegression(features, cents, { ...options, seed: 1 });

    expect(
      distance(
        inCents.coefficients.map((weight) => weight / 1e6),
        model.coefficients,
      ),
    ).toBeLessThan(1e-6);
    expect(inCents.intercept / 1e6).toBeCloseTo(model.intercept, 4);
  });

  test('and the lasso leaves out the column that says nothing, exactly', async () => {
    const model = await fitPenalisedRegression(features, values, {
      penalty: 'elastic_net',
      l1Ratio: 1,
      alpha: 1.5,
      seed: 1,
    });

    expect(model.coefficients[3]).toBe(0);
  });

  test('and a constant column gets 0', async () => {
    const x = { ...features, data: features.data.map((value, at) => (at % 5 === 2 ? 7.1 : value)) };

    const ridge = await fitPenalisedRegression(x, values, { penalty: 'ridge', seed: 1 });
    const lasso = await fitPenalisedRegression(x, values, { penalty: 'elastic_net', seed: 1 });

    expect(Math.abs(ridge.coefficients[2]!)).toBeLessThan(1e-9);
    expect(lasso.coefficients[2]).toBe(0);
  });
});

describe('gradient descent', () => {
  test('has the answer of the normal equations', async () => {
    const exact = await fitLinearRegression(features, values);

    const descended = await fitLinearRegression(features, values, { descent: {} });

    expect(distance(descended.coefficients, exact.coefficients)).toBeLessThan(1e-6);
    expect(descended.intercept).toBeCloseTo(exact.intercept, 6);
  });

  test('takes the steps it is told: after one it is the learning rate times the slope away from 0', async () => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const slope = features.data.reduce(
      (sum, value, at) => (at % 5 === 0 ? sum + value * (values[at / 5]! - mean) : sum),
      0,
    );

    const model = await fitLinearRegression(features, values, {
      descent: { learningRate: 0.01, iterations: 1 },
    });

    expect(model.coefficients[0]! / ((0.01 * slope) / values.length)).toBeCloseTo(1, 5);
  });

  test('bad call: a learning rate that would let it grow without end is refused, with one that does not', async () => {
    const fit = fitLinearRegression(features, values, { descent: { learningRate: 5 } });

    await expect(fit).rejects.toThrow(/"learning_rate" 5 is too large .* Use less than 0\.\d+/);
  });

  test('stops when it is told to', async () => {
    const fit = fitLinearRegression(features, values, {
      descent: { tolerance: 1e-300 },
      signal: AbortSignal.timeout(50),
    });

    await expect(fit).rejects.toThrow('timeout');
  });
});

describe('logistic regression has the coefficients of scikit-learn', () => {
  it.each([
    ['l1, two classes', { C: 0.3, l1Ratio: 1 }, oracle.two],
    ['l1, three classes', { C: 0.3, l1Ratio: 1 }, oracle.three],
    ['elastic net, two classes', { C: 0.2, l1Ratio: 0.4 }, oracle.two],
    ['no penalty', { l1Ratio: null }, oracle.two],
  ] as const)('with %s', async (name, options, labels) => {
    const classes = Math.max(...labels) + 1;
    const expected = logistic[name];

    const model = await fitLogisticRegression(features, labels, { ...options, classes });

    expect(model.converged).toBe(true);
    expect(distance(model.coefficients, expected.coefficients)).toBeLessThan(1e-3);
    expect(distance(model.intercepts, expected.intercepts)).toBeLessThan(2e-3);
  });

  test('and l1 makes coefficients exactly 0', async () => {
    const model = await fitLogisticRegression(features, oracle.two, { classes: 2, C: 0.1, l1Ratio: 1 });

    expect(model.coefficients.filter((value) => value === 0).length).toBeGreaterThan(0);
  });
});

describe('bad call', () => {
  it.each([
    ['an alpha below 0', { penalty: 'ridge', alpha: -1 }, 'alpha must be a positive number, got -1'],
    ['an alpha of 0', { penalty: 'elastic_net', alpha: 0 }, 'alpha must be a positive number'],
  ] as const)('bad call: %s', async (_title, options, message) => {
    const fit = fitPenalisedRegression(features, values, { ...options, seed: 1 });

    await expect(fit).rejects.toThrow(message);
  });

  test('bad call: too few rows to choose alpha', async () => {
    const x = { rows: 3, columns: 1, data: Float32Array.of(1, 2, 3) };

    const fit = fitPenalisedRegression(x, Float64Array.of(1, 2, 3), { penalty: 'ridge', seed: 1 });

    await expect(fit).rejects.toThrow('at least 5 rows are needed, not 3; give "alpha"');
  });
});
