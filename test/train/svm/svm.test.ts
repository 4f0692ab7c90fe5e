import { describe, expect, it, test } from 'vitest';
import { type DualDescentOptions, descendDual } from '../../../lib/train/svm/dual-descent.ts';
import { type Kernel, kernelTable, scaleGamma } from '../../../lib/train/svm/kernel.ts';
import { decideKernel, fitKernelClasses } from '../../../lib/train/svm/kernel-svm.ts';
import { fitSigmoid } from '../../../lib/train/svm/platt.ts';
import { solvePrimal } from '../../../lib/train/svm/primal-newton.ts';
import {
  answer,
  below,
  distance,
  features,
  learn,
  oracle,
  questions,
  three,
  two,
  values,
  weights,
} from '../learners/classic.ts';

const { linear_svm: linear, kernel_svm: kernels } = oracle;
const signs = Float64Array.from(oracle.two, (code) => (code === 1 ? 1 : -1));
const rbf = { kind: 'rbf', gamma: scaleGamma(features), coef0: 0, degree: 3 } as const;
const polynomial = { kind: 'polynomial', gamma: 0.3, coef0: 1, degree: 2 } as const;
const everyRow = Uint32Array.from(signs, (_, row) => row);
/** The reference rows and the questions in one table, the questions last. */
const asked = Uint32Array.from({ length: questions.rows }, (_, row) => features.rows + row);
const tableOf = (kernel: Kernel) => kernelTable(below(features, questions), kernel);

/** A machine for some of the reference rows, and its decisions about the questions. */
async function decisionsOf(kernel: Kernel, rows = everyRow, own = signs): Promise<Float64Array> {
  const table = tableOf(kernel);
  const machine = await fitKernelClasses(table, { rows, signs: own }, exact);
  return decideKernel(table, machine, { learnt: rows, asked });
}
const exact = { tolerance: 1e-7, C: 2 };

describe('a linear machine', () => {
  const options: DualDescentOptions = {
    C: 0.7,
    squared: false,
    epsilon: 0,
    kind: 'classes',
    maxSweeps: 100_000,
    tolerance: 1e-8,
    seed: 1,
  };

  it.each([
    ['hinge loss', {}, linear.hinge],
    ['squared hinge loss', { squared: true }, linear.squared_hinge],
    ['squared hinge loss and row weights', { squared: true, weights }, linear.weighted],
  ])('with %s has the coefficients of LinearSVC', async (_title, more, expected) => {
    const plane = await descendDual(features, signs, { ...options, ...more });
    const other = await solvePrimal(features, signs, { ...options, ...more });

    const both = [...expected.coefficients, ...expected.intercepts];
    expect(distance(plane, both)).toBeLessThan(1e-4);
    expect(distance(other, both)).toBeLessThan(1e-4);
  });

  it.each(['epsilon_insensitive', 'squared_epsilon_insensitive'] as const)(
    'for numbers with the loss %s answers as LinearSVR on a standardised target',
    async (loss) => {
      const parameters = { C: 0.5, loss, tolerance: 1e-8, iterations: 100_000 };

      const fitted = await learn('svm', values, parameters);

      expect(distance(await answer(fitted, questions), linear[loss])).toBeLessThan(1e-4);
    },
  );

  test('of two classes is most probable on its own side, and of three on theirs', async () => {
    const ofTwo = await answer(await learn('svm', two), features);
    const ofThree = await answer(await learn('svm', three), features);

    expect(accuracy(ofTwo, oracle.two, 2)).toBeGreaterThan(0.85);
    expect(accuracy(ofThree, oracle.three, 3)).toBeGreaterThan(0.75);
    expect(sumsOfRows(ofThree, 3)).toBeLessThan(1e-6);
  });

  test('stops when it is told to', async () => {
    const call = descendDual(features, signs, { ...options, signal: AbortSignal.abort(new Error('enough')) });

    await expect(call).rejects.toThrow('enough');
  });
});

describe('a kernel machine', () => {
  it.each([
    ['rbf', rbf, kernels['two, rbf']],
    ['polynomial', polynomial, kernels['two, polynomial']],
  ] as const)('with the kernel %s decides as SVC', async (_name, kernel, expected) => {
    const decisions = await decisionsOf(kernel);

    expect(distance(decisions, expected)).toBeLessThan(1e-4);
  });

  test('decides between each pair of three classes as SVC', async () => {
    const pairs = [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const;
    const decisions = await Promise.all(
      pairs.map(async (pair) => {
        const rows = oracle.three.flatMap((code, row) =>
          (pair as readonly number[]).includes(code) ? [row] : [],
        );
        const own = Float64Array.from(rows, (row) => (oracle.three[row] === pair[0] ? 1 : -1));
        return decisionsOf(rbf, Uint32Array.from(rows), own);
      }),
    );

    const byRow = Array.from(
      { length: questions.rows * 3 },
      (_, at) => decisions[at % 3]![Math.floor(at / 3)]!,
    );
    expect(distance(byRow, kernels['three, rbf'])).toBeLessThan(1e-4);
  });

  it.each([
    ['rbf', {}, kernels['numbers, rbf']],
    ['polynomial', { kernel: 'polynomial', gamma: 0.3, coef0: 1, degree: 2 }, kernels['numbers, polynomial']],
  ])(
    'for numbers with the kernel %s answers as SVR on a standardised target',
    async (_name, parameters, expected) => {
      const fitted = await learn('kernel_svm', values, { ...parameters, C: 2, tolerance: 1e-7 });

      expect(distance(await answer(fitted, questions), expected)).toBeLessThan(1e-4);
    },
  );

  test('gives the probability that the sigmoid makes of the decision, for the right class', async () => {
    const decisions = await decisionsOf(rbf);

    const probabilities = await answer(await learn('kernel_svm', two, { C: 2, tolerance: 1e-7 }), questions);

    const positive = Array.from(decisions, (_, row) => probabilities[row * 2 + 1]!);
    const order = [...decisions.keys()].sort((left, right) => decisions[left]! - decisions[right]!);
    expect(order.map((row) => positive[row]!)).toEqual(positive.toSorted((left, right) => left - right));
    const logit = (row: number): number => Math.log(positive[row]! / (1 - positive[row]!));
    const slope =
      (logit(order.at(-1)!) - logit(order[0]!)) / (decisions[order.at(-1)!]! - decisions[order[0]!]!);
    const bent = order.map(
      (row) => logit(row) - logit(order[0]!) - slope * (decisions[row]! - decisions[order[0]!]!),
    );
    expect(Math.max(...bent.map(Math.abs))).toBeLessThan(1e-3);
  });

  test('of three classes gives probabilities that add up and find the classes again', async () => {
    const probabilities = await answer(await learn('kernel_svm', three), features);

    expect(accuracy(probabilities, oracle.three, 3)).toBeGreaterThan(0.8);
    expect(sumsOfRows(probabilities, 3)).toBeLessThan(1e-5);
  });

  test('gives the probability 0 to a class without rows, and keeps the others in place', async () => {
    const gap = {
      task: 'classification',
      classes: ['a', 'none', 'b'],
      codes: Int32Array.from(oracle.two, (code) => 2 * code),
    } as const;

    const probabilities = await answer(await learn('kernel_svm', gap), features);

    expect(probabilities.filter((value, at) => at % 3 === 1 && value !== 0)).toHaveLength(0);
    expect(accuracy(probabilities, [...gap.codes], 3)).toBeGreaterThan(0.85);
  });

  test('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(learn('kernel_svm', two, {}, { signal })).rejects.toThrow('enough');
  });

  test('has kernel values that fall with the distance', () => {
    const x = { rows: 3, columns: 1, data: Float32Array.of(0, 1, 3) };

    const [, near, far] = kernelTable(x, { ...rbf, gamma: 0.5 }).rowOf(0);

    expect(near).toBeCloseTo(Math.exp(-0.5), 6);
    expect(far).toBeCloseTo(Math.exp(-4.5), 6);
  });
});

test('the sigmoid is that of scikit-learn', () => {
  const { decisions, labels, slope, offset } = kernels.platt;

  const sigmoid = fitSigmoid(Float64Array.from(decisions), Uint8Array.from(labels));

  expect(sigmoid.slope).toBeCloseTo(slope, 4);
  expect(sigmoid.offset).toBeCloseTo(offset, 4);
});

describe('bad call', () => {
  it.each([
    ['a loss of the other task', 'svm', values, { loss: 'hinge' }, 'The loss "hinge" is not for regression'],
    ['a C of 0', 'svm', two, { C: 0 }, 'expected number to be >0'],
    ['an unknown kernel', 'kernel_svm', two, { kernel: 'sigmoid' }, 'polynomial'],
  ] as const)('bad call: %s', async (_title, learner, target, parameters, message) => {
    await expect((async () => learn(learner, target, parameters))()).rejects.toThrow(message);
  });

  test('bad call: a million rows for a kernel machine, with what to take instead', async () => {
    const x = { rows: 1_000_000, columns: 1, data: new Float32Array(1_000_000) };
    const target = { ...two, codes: new Int32Array(1_000_000) };

    await expect(learn('kernel_svm', target, {}, { x })).rejects.toThrow(/at most 20000 rows.* Use "svm"/);
  });

  test.each(['svm', 'kernel_svm'] as const)(
    'bad call: a missing value for %s, with its place',
    async (learner) => {
      const x = { ...features, data: features.data.map((value, at) => (at === 7 ? Number.NaN : value)) };

      await expect(learn(learner, two, {}, { x })).rejects.toThrow('row 1, feature column 2');
    },
  );
});

function accuracy(probabilities: Float32Array, codes: readonly number[], classes: number): number {
  const right = codes.filter((code, row) => {
    const own = probabilities.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(Math.max(...own)) === code;
  });
  return right.length / codes.length;
}

/** How far the sums of the rows are from 1 at most. */
function sumsOfRows(probabilities: Float32Array, classes: number): number {
  const sums = new Float64Array(probabilities.length / classes);
  for (const [at, value] of probabilities.entries()) sums[Math.floor(at / classes)]! += value;
  return Math.max(...sums.map((sum) => Math.abs(sum - 1)));
}
