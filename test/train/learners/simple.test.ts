import { describe, expect, it, test } from 'vitest';
import type { FeatureBlock } from '../../../lib/preprocess/types.ts';
import { learners } from '../../../lib/train/learners/index.ts';
import type { FitOptions, Target } from '../../../lib/train/types.ts';
import {
  answer,
  beside,
  distance,
  extra,
  features,
  learn,
  oracle,
  questions,
  three,
  two,
  values,
  weights,
} from './classic.ts';

const { bayes, neighbours } = oracle;
const codes = extra(bayes.codes, 2);
const words = extra(bayes.words, 4);
const block = (kind: FeatureBlock['kind'], start: number, size: number): FeatureBlock => ({
  kind,
  start,
  size,
  shape: [size],
});

describe('nearest neighbours', () => {
  it.each(['uniform', 'distance'] as const)('with %s weights answer as in scikit-learn', async (kind) => {
    const parameters = { k: 7, weights: kind };

    const probabilities = await answer(await learn('nearest_neighbours', three, parameters), questions);
    const numbers = await answer(await learn('nearest_neighbours', values, parameters), questions);

    expect(distance(probabilities, neighbours[kind].probabilities)).toBeLessThan(1e-5);
    expect(distance(numbers, neighbours[kind].values)).toBeLessThan(1e-5);
  });

  test('tell rows apart that differ in the last digits only', async () => {
    const x = {
      rows: 1000,
      columns: 1,
      data: Float32Array.from({ length: 1000 }, (_, row) => 3 + row * 1e-5),
    };
    const target = {
      task: 'regression',
      values: Float64Array.from({ length: 1000 }, (_, row) => row),
    } as const;

    const fitted = await learn('nearest_neighbours', target, { k: 1 }, { x });

    expect([...(await answer(fitted, x))]).toEqual([...target.values]);
  });

  test('answer questions of several blocks as they answer them one by one', async () => {
    const many = { rows: 2500, columns: 5, data: new Float32Array(2500 * 5) };
    for (let at = 0; at < many.data.length; at += 1) many.data[at] = Math.sin(at * 1.7) * 2;
    const fitted = await learn('nearest_neighbours', three, { k: 3, weights: 'distance' });

    const together = await answer(fitted, many);

    for (const row of [0, 1023, 1024, 2499]) {
      const alone = await answer(fitted, {
        rows: 1,
        columns: 5,
        data: many.data.slice(row * 5, row * 5 + 5),
      });
      expect([...together.subarray(row * 3, row * 3 + 3)]).toEqual([...alone]);
    }
    expect(together).toHaveLength(7500);
  });

  test('keep at most max_rows rows, the same for the same seed', async () => {
    const parameters = { k: 1, max_rows: 10 };

    const [one, same, other] = await Promise.all(
      [1, 1, 2].map(async (seed) =>
        answer(await learn('nearest_neighbours', values, parameters, { seed }), questions),
      ),
    );

    expect(new Set(one).size).toBeLessThanOrEqual(10);
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
  });

  test('bad call: more neighbours than rows', async () => {
    const parameters = { k: 200 };

    await expect(learn('nearest_neighbours', two, parameters)).rejects.toThrow(
      '"parameters.k" is 200, but there are only 120 rows',
    );
  });

  test('bad call: rows that would make a file too large, with how many would not', async () => {
    const x = { rows: 6000, columns: 5000, data: new Float32Array(30_000_000) };
    const target = { ...two, codes: new Int32Array(6000) };

    await expect(learn('nearest_neighbours', target, {}, { x })).rejects.toThrow(
      '"parameters.max_rows" to 5000 or less',
    );
  });
});

describe('naive Bayes answers as in scikit-learn', () => {
  const layout = [block('numbers', 0, 5), block('categories', 5, 2), block('terms', 7, 4)];

  it.each([
    ['numbers', features, [], {}, bayes.gaussian],
    ['weighted rows', features, [], { weights }, bayes.weighted],
    ['categories', codes, [block('categories', 0, 2)], {}, bayes.categories],
    ['words', words, [block('terms', 0, 4)], {}, bayes.terms],
    ['all of them together', beside(features, codes, words), layout, {}, bayes.mixed],
  ])('to %s', async (_title, x, blocks, more, expected) => {
    const options = { x, ...more, ...(blocks.length > 0 && { layout: blocks }) };

    const fitted = await learn('naive_bayes', three, { alpha: 0.5 }, options);

    expect(distance(await answer(fitted, x), expected)).toBeLessThan(1e-5);
  });

  test('and numbers far from 0 cost no digits', async () => {
    const far = { ...features, data: features.data.map((value) => Math.round(value * 64) / 64 + 1000) };
    const near = { ...far, data: far.data.map((value) => value - 1000) };

    const [one, other] = await Promise.all(
      [far, near].map(async (x) => answer(await learn('naive_bayes', three, {}, { x }), x)),
    );

    expect(distance(one!, other!)).toBeLessThan(1e-6);
  });

  test('and a missing number, or a category that is not known, says nothing', async () => {
    const fitted = await learn(
      'naive_bayes',
      three,
      {},
      { x: beside(features, codes), layout: layout.slice(0, 2) },
    );
    const shares = [0, 1, 2].map((code) => oracle.three.filter((one) => one === code).length / 120);
    const nothing = { rows: 2, columns: 7, data: new Float32Array(14).fill(Number.NaN) };
    nothing.data.set([-1, 99], 5);
    nothing.data.set([-1, -1], 12);

    const probabilities = await answer(fitted, nothing);

    expect(distance(probabilities, [...shares, ...shares])).toBeLessThan(1e-6);
  });

  test('and a class without rows is next to impossible', async () => {
    const more = { ...two, classes: ['a', 'b', 'none'] };

    const probabilities = await answer(await learn('naive_bayes', more), features);

    expect(Math.max(...probabilities.filter((_, at) => at % 3 === 2))).toBeLessThan(1e-3);
  });

  test('and a class of one row answers with numbers however far a row is from it', async () => {
    const codes = Int32Array.from(oracle.two).with(7, 2);
    const rare: Target = { task: 'classification', classes: ['a', 'b', 'rare'], codes };
    const far = { rows: 1, columns: 5, data: new Float32Array(5).fill(3e38) };

    const fitted = await learn('naive_bayes', rare, { var_smoothing: 0 });

    expect([...(await answer(fitted, far))].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  test('bad call: a target of numbers', async () => {
    await expect(learn('naive_bayes', values)).rejects.toThrow('"naive_bayes" is for classes');
  });

  test('bad call: sequences of words', async () => {
    const options = { layout: [block('tokens', 0, 5)] };

    await expect(learn('naive_bayes', three, {}, options)).rejects.toThrow('count them as terms');
  });
});

describe('a penalised regression as a learner', () => {
  test('answers numbers by its coefficients', async () => {
    const [first = 0, ...others] = oracle.penalised.lasso.coefficients;
    const expected = Array.from({ length: questions.rows }, (_, row) => {
      const own = questions.data.subarray(row * 5, row * 5 + 5);
      return (
        others.reduce((sum, weight, at) => sum + weight * own[at + 1]!, first * own[0]!) +
        oracle.penalised.lasso.intercepts[0]!
      );
    });

    const answers = await answer(await learn('lasso', values, { alpha: 1.5 }), questions);

    expect(distance(answers, expected)).toBeLessThan(1e-5);
  });

  it.each(['ridge', 'lasso', 'elastic_net'] as const)('bad call: %s for classes', async (learner) => {
    await expect((async () => learn(learner, two))()).rejects.toThrow('"linear" with "penalty"');
  });
});

describe('the linear learner', () => {
  test('goes down the gradient to the same answer', async () => {
    const solved = await answer(await learn('linear', values), questions);

    const descended = await answer(await learn('linear', values, { solver: 'gradient_descent' }), questions);

    expect(distance(descended, solved)).toBeLessThan(1e-6);
  });

  it.each([
    ['C for numbers', values, { C: 2 }, '"parameters.C" is for classification'],
    ['a solver for classes', two, { solver: 'gradient_descent' }, '"parameters.solver" is for regression'],
    ['steps of the normal equations', values, { learning_rate: 0.1 }, 'needs "solver": "gradient_descent"'],
    ['l1_ratio without elastic net', two, { l1_ratio: 0.5 }, 'needs "penalty": "elastic_net"'],
  ] as const)('bad call: %s', async (_title, target, parameters, message) => {
    await expect(learn('linear', target, parameters)).rejects.toThrow(message);
  });
});

describe('boosting as a learner', () => {
  it.each(['sets', 'ordered'] as const)(
    'bad call: a rule on a column of categories is refused, taken as %s or not',
    async (categories) => {
      const codes = { rows: 40, columns: 1, data: Float32Array.from({ length: 40 }, (_, row) => row % 3) };
      const target: Target = {
        task: 'regression',
        values: Float64Array.from(codes.data, (code) => code ** 2),
      };
      const options: FitOptions = {
        ...{ seed: 1, threads: 1 },
        layout: [{ kind: 'categories', start: 0, size: 1, shape: [1] }],
        columns: [{ name: 'colour', source: 'colour' }],
        parameters: { categories, monotone: { colour: 'increasing' } },
      };

      await expect(learners.boosting.fit(codes, target, options)).rejects.toMatchObject({
        param: 'parameters.monotone.colour',
        message: expect.stringContaining('have no order'),
      });
    },
  );

  it.each([
    ['a loss of numbers for classes', two, { loss: 'poisson' }, 'parameters.loss'],
    ['counts below 0', values, { loss: 'poisson' }, 'parameters.loss'],
    ['rules for three classes', three, { monotone: { a: 'increasing' } }, 'parameters.monotone'],
    [
      'a rule on a column that is not there',
      values,
      { monotone: { z: 'increasing' } },
      'parameters.monotone.z',
    ],
  ] as const)('bad call: %s', async (_title, target, parameters, param) => {
    await expect(learn('boosting', target, parameters)).rejects.toMatchObject({
      kind: 'invalid_request',
      param,
    });
  });
});
