import { describe, expect, it } from 'vitest';
import { learnerParameters } from '../../../lib/contracts/learner-parameters.ts';
import { createRandom, type Matrix } from '../../../lib/core/index.ts';
import { createGraphBuilder, createSession, encodeModel } from '../../../lib/onnx/index.ts';
import { networkLearner } from '../../../lib/train/learners/network.ts';
import type { FitOptions, Target } from '../../../lib/train/types.ts';

const rows = 300;
const random = createRandom(2);
const x: Matrix = { rows, columns: 2, data: Float32Array.from({ length: rows * 2 }, () => random.normal()) };
const radii = Array.from({ length: rows }, (_, row) => Math.hypot(x.data[2 * row]!, x.data[2 * row + 1]!));

/** Rings around the origin, which no plane tells apart. */
const rings = (...radiuses: number[]): Target => ({
  task: 'classification',
  classes: ['inside', ...radiuses.map((radius) => `beyond ${radius}`)],
  codes: Int32Array.from(radii, (radius) => radiuses.filter((limit) => radius > limit).length),
});

/** Friedman 1991: five of ten columns matter, of which no two in the same way; noise of deviation 1. */
function friedman(count: number) {
  const uniform = createRandom(3);
  const deviation = Math.sqrt(12);
  const values = new Float64Array(count);
  const data = new Float32Array(count * 10);
  for (let row = 0; row < count; row += 1) {
    const u = Array.from({ length: 10 }, () => uniform.uniform());
    values[row] =
      10 * Math.sin(Math.PI * u[0]! * u[1]!) +
      20 * (u[2]! - 0.5) ** 2 +
      10 * u[3]! +
      5 * u[4]! +
      uniform.normal();
    data.set(
      u.map((value) => (value - 0.5) * deviation),
      row * 10,
    );
  }
  return { data, values };
}

const parameters = { hidden: [32, 16], epochs: 200, learning_rate: 0.01, batch_size: 32 };

const learn = (target: Target, more: Partial<FitOptions> = {}) =>
  networkLearner.fit(x, target, { seed: 1, threads: 1, parameters, ...more });

/** What the emitted graph answers for the rows. */
async function answersOf(
  fitted: Awaited<ReturnType<typeof learn>>,
  features: Matrix = x,
): Promise<Float32Array> {
  const builder = createGraphBuilder('test');
  const emitted = fitted.emit(builder, builder.input('features', 'float32', ['N', features.columns]));
  builder.output('answer', emitted.answer, 'float32', []);
  const session = await createSession(encodeModel(builder.model()));
  const dims = [features.rows, features.columns];
  const { answer } = await session.run({ features: { type: 'float32', dims, data: features.data } });
  await session.release();
  return answer!.data as Float32Array;
}

describe('the dense network', () => {
  it.each([[[1]], [[0.7, 1.4]]])('tells rings with the radiuses %j apart', async (radiuses) => {
    const target = rings(...radiuses);

    const probabilities = await answersOf(await learn(target));

    const classes = radiuses.length + 1;
    const right = (target as Extract<Target, { task: 'classification' }>).codes.filter((code, row) => {
      const own = probabilities.subarray(row * classes, (row + 1) * classes);
      expect(own.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 5);
      return own[code] === Math.max(...own);
    });
    expect(right.length / rows).toBeGreaterThan(0.9);
  });

  it('learns a number in its own unit', async () => {
    const values = Float64Array.from(radii, (radius) => 1000 + 50 * radius);

    const answers = await answersOf(await learn({ task: 'regression', values }));

    const error = answers.reduce((sum, answer, row) => sum + (answer - values[row]!) ** 2, 0) / rows;
    const mean = values.reduce((sum, value) => sum + value, 0) / rows;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
    expect(error / variance).toBeLessThan(0.1);
  });

  it('learns a bent function of few columns, and not the noise beside it', async () => {
    const wide = friedman(900);
    const rowsOf = (from: number, to: number): Matrix => ({
      rows: to - from,
      columns: 10,
      data: wide.data.slice(from * 10, to * 10),
    });
    const target: Target = { task: 'regression', values: wide.values.slice(0, 400) };

    const fitted = await networkLearner.fit(rowsOf(0, 400), target, { seed: 1, threads: 1 });

    const answers = await answersOf(fitted, rowsOf(400, 900));
    const truths = wide.values.slice(400);
    const mean = truths.reduce((sum, truth) => sum + truth, 0) / truths.length;
    const squares = (guess: (row: number) => number): number =>
      truths.reduce((sum, truth, row) => sum + (truth - guess(row)) ** 2, 0);
    // MLPRegressor of scikit-learn reaches 0.81 with the same layers and rows watched.
    expect(1 - squares((row) => answers[row]!) / squares(() => mean)).toBeGreaterThan(0.82);
  });

  it.each([
    { optimizer: 'adam', learning_rate: 0.01 },
    { optimizer: 'momentum', learning_rate: 0.01, schedule: { kind: 'step', epochs: 50 } },
    { optimizer: 'nesterov', learning_rate: 0.01, clip: 1 },
    { optimizer: 'rmsprop', learning_rate: 0.01, l1: 1e-4 },
    { optimizer: 'gradient_descent', learning_rate: 0.5, epochs: 300, normalization: 'batch' },
    { optimizer: 'lbfgs', l2: 1e-3 },
    { loss: 'cross_entropy', label_smoothing: 0.05, normalization: 'layer', dropout: 0.1 },
  ] as const)('learns by %j too', async (how) => {
    const target = rings(1);

    const fitted = await learn(target, { parameters: { hidden: [32, 16], epochs: 80, ...how } });

    const probabilities = await answersOf(fitted);
    const { codes } = target as Extract<Target, { task: 'classification' }>;
    const right = codes.filter((code, row) => (probabilities[2 * row + 1]! > 0.5 ? 1 : 0) === code);
    expect(right.length / rows).toBeGreaterThan(0.85);
  });

  it('learns counts as means that are never below zero', async () => {
    const values = Float64Array.from(radii, (radius) => Math.round(3 * radius ** 2));

    const fitted = await learn(
      { task: 'regression', values },
      { parameters: { ...parameters, loss: 'poisson' } },
    );

    const answers = await answersOf(fitted);
    const mean = (of: ArrayLike<number>): number => Array.from(of).reduce((sum, one) => sum + one, 0) / rows;
    expect(Math.min(...answers)).toBeGreaterThan(0);
    expect(mean(answers) / mean(values)).toBeCloseTo(1, 0);
    const errors = Float64Array.from(values, (value, row) => Math.abs(answers[row]! - value));
    expect(mean(errors)).toBeLessThan(0.25 * mean(values));
  });

  it.each([
    [{ optimizer: 'lbfgs', batch_size: 32 }, 'batch_size'],
    [{ optimizer: 'adam', weight_decay: 0.1 }, 'weight_decay'],
    [{ momentum: 0.9 }, 'momentum'],
    [{ optimizer: 'lbfgs', normalization: 'batch' }, 'normalization'],
  ])('bad call: refuses %j, which does not hold together', (settings, name) => {
    const { error } = learnerParameters.network.safeParse(settings);

    expect(error?.issues.map(({ path }) => path)).toEqual([[name]]);
  });

  it('says how far it is in words', async () => {
    const told: string[] = [];

    await learn(rings(1), { onProgress: (_fraction, message) => told.push(message ?? '') });

    expect(told[0]).toMatch(
      /^epoch 1 of 200, loss [\d.]+(, accuracy [\d.]+)?, [\d,.]+ rows\/s, \d+ (s|min) left$/,
    );
  });

  it('keeps a checkpoint when it is paused, and goes on from it to the same model', async () => {
    let kept: Uint8Array | null = null;
    const checkpoint = {
      load: async () => kept,
      save: async (bytes: Uint8Array) => {
        kept = bytes;
      },
    };
    const pause = new AbortController();
    const many = { ...parameters, epochs: 600, patience: 0 };
    const whole = await learn(rings(1), { parameters: many });

    const paused = learn(rings(1), {
      parameters: many,
      checkpoint,
      pause: pause.signal,
      onProgress: () => pause.abort(),
    });
    await expect(paused).rejects.toMatchObject({ code: 'training_paused' });
    const resumed = await learn(rings(1), { parameters: many, checkpoint });

    expect(kept).not.toBeNull();
    expect(await answersOf(resumed)).toEqual(await answersOf(whole));
  });

  it('bad call: batch norms need batches of more than one row', async () => {
    const fitting = learn(rings(1), { parameters: { hidden: [4], normalization: 'batch', batch_size: 1 } });

    await expect(fitting).rejects.toMatchObject({
      kind: 'invalid_request',
      code: 'batch_too_small',
      param: 'parameters.batch_size',
    });
  });

  it('bad call: numbers have no labels to smooth', async () => {
    const target: Target = { task: 'regression', values: Float64Array.from(radii) };

    const fitting = learn(target, { parameters: { label_smoothing: 0.1 } });

    await expect(fitting).rejects.toMatchObject({
      code: 'learner_task',
      param: 'parameters.label_smoothing',
    });
  });

  it('bad call: refuses settings that it does not know', async () => {
    await expect(learn(rings(1), { parameters: { layers: 3 } })).rejects.toThrow();
  });
});
