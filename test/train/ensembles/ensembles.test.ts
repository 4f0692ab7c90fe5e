import { deserialize } from 'node:v8';
import { describe, expect, it, test } from 'vitest';
import { conflict, type Matrix } from '../../../lib/core/index.ts';
import { fitStacking, type Stacked } from '../../../lib/train/ensembles/index.ts';
import { learners } from '../../../lib/train/learners/index.ts';
import type { FitCheckpoint, FitOptions, Learner, MatrixPart, Member } from '../../../lib/train/types.ts';
import {
  answer,
  distance,
  extra,
  features,
  learn,
  questions,
  three,
  two,
  values,
  weights,
} from '../learners/classic.ts';
import reference from './fixtures/ensembles.json' with { type: 'json' };

const folds = Uint8Array.from(reference.folds);
const ofClasses = ['linear', 'naive_bayes', 'nearest_neighbours'];
const ofNumbers = ['linear', 'nearest_neighbours'];

/** The columns of a matrix from one to another, as a member has them. */
const part = (start: number, count: number): MatrixPart => ({
  start,
  columns: Array.from({ length: count }, (_, at) => ({ name: `c${at}`, source: `c${at}` })),
  layout: [{ kind: 'numbers', start: 0, size: count, shape: [count] }],
});

const take = ({ rows, columns, data }: Matrix, count: number): Matrix =>
  extra(
    Array.from({ length: rows * count }, (_, at) => data[Math.floor(at / count) * columns + (at % count)]!),
    count,
  );

describe('an average answers as scikit-learn votes', () => {
  it.each([
    ['two classes', two, ofClasses, [1, 2, 0.5], reference.two],
    ['three classes', three, ofClasses, [1, 2, 0.5], reference.three],
    ['numbers', values, ofNumbers, [3, 1], reference.values],
  ] as const)('on %s', async (_title, target, learners, shares, expected) => {
    const fitted = await learn('average', target, { learners, weights: shares });

    expect(distance(await answer(fitted, questions), expected.average)).toBeLessThan(1e-5);
  });

  test('and hands weights of rows on to its learners', async () => {
    const learners = ['linear', { learner: 'naive_bayes' }];
    const [one, other] = [
      await learn('linear', two, {}, { weights }),
      await learn('naive_bayes', two, {}, { weights }),
    ];
    const [left, right] = [await answer(one, questions), await answer(other, questions)];

    const fitted = await learn('average', two, { learners }, { weights });

    const mean = left.map((value, at) => (value + right[at]!) / 2);
    expect(distance(await answer(fitted, questions), mean)).toBeLessThan(1e-6);
  });

  test('and each of its learners looks at its own columns', async () => {
    const few = await learn('linear', values, {}, { x: take(features, 2) });
    const all = await learn('linear', values);
    const [left, right] = [await answer(few, take(questions, 2)), await answer(all, questions)];
    const parts = [part(0, 2), part(0, features.columns)];

    const fitted = await learn('average', values, { learners: ['linear', 'linear'] }, { parts });

    const mean = left.map((value, at) => (value + right[at]!) / 2);
    expect(distance(await answer(fitted, questions), mean)).toBeLessThan(1e-6);
    expect(distance(left, right)).toBeGreaterThan(0.01);
  });
});

describe('a stacking answers as in scikit-learn', () => {
  it.each([
    ['two classes', two, ofClasses, 'linear', reference.two],
    ['three classes', three, ofClasses, 'linear', reference.three],
    ['numbers', values, ofNumbers, 'linear', reference.values],
  ] as const)('on %s', async (_title, target, learners, final, expected) => {
    const fitted = await learn('stacking', target, { learners, final }, { folds });

    expect(distance(await answer(fitted, questions), expected.stacking)).toBeLessThan(1e-3);
  });

  test('and takes blocks of neighbouring rows where the rows have no folds', async () => {
    const blocks = Uint8Array.from({ length: features.rows }, (_, row) =>
      Math.floor((row * 5) / features.rows),
    );

    const without = await learn('stacking', three, { learners: ofClasses });
    const given = await learn('stacking', three, { learners: ofClasses }, { folds: blocks });

    expect(await answer(without, questions)).toEqual(await answer(given, questions));
  });

  test('and tells how far it is', async () => {
    const told: [number, string | undefined][] = [];
    const onProgress: FitOptions['onProgress'] = (fraction, message) => told.push([fraction, message]);

    await learn('stacking', two, { learners: ['linear', 'forest'] }, { folds, onProgress });

    const fractions = told.map(([fraction]) => fraction);
    expect(fractions).toEqual(fractions.toSorted((left, right) => left - right));
    expect(Math.max(...fractions)).toBeLessThanOrEqual(1);
    expect(new Set(told.map(([, message]) => message?.split(',')[0]))).toEqual(new Set(['linear', 'forest']));
  });
});

test('a stacking goes on where it was paused, and so does a network within it', async () => {
  const pause = new AbortController();
  const kept: { bytes: Uint8Array | null } = { bytes: null };
  const checkpoint: FitCheckpoint = {
    worthMs: 0,
    load: async () => kept.bytes,
    save: async (bytes) => {
      kept.bytes = bytes;
    },
  };
  let fits = 0;
  const bayes: Learner = {
    ...learners.naive_bayes,
    fit: (...args) => {
      fits += 1;
      // In the second fold; the network, which comes next, is paused in its first steps.
      if (fits === 2) pause.abort(conflict('Paused.', { code: 'training_paused' }));
      return learners.naive_bayes.fit(...args);
    },
  };
  const network: Member = {
    learner: learners.network,
    parameters: { hidden: [4], epochs: 20, patience: 0, batch_size: 8 },
  };
  const stacked: Stacked = {
    members: [{ learner: bayes, parameters: {} }, network],
    final: { learner: learners.linear, parameters: {} },
  };
  const options: FitOptions = { seed: 1, threads: 1, folds };

  const paused = fitStacking(features, two, { ...options, checkpoint, pause: pause.signal }, stacked);
  await expect(paused).rejects.toMatchObject({ code: 'training_paused' });
  const between = kept.bytes!;
  fits = 0;
  const resumed = await fitStacking(features, two, { ...options, checkpoint }, stacked);
  const fitsAgain = fits;
  const whole = await fitStacking(features, two, options, stacked);

  const [first, second] = [...new Set(folds)];
  expect(new Set((deserialize(between) as Map<string, unknown>).keys())).toEqual(
    new Set([
      ...[`member-0/fold-${first}/answers`, `member-1/fold-${first}/answers`],
      ...[`member-0/fold-${second}/answers`, `member-1/fold-${second}`],
    ]),
  );
  // What was answered is not asked again: of all folds but two, and once for all rows.
  expect(fitsAgain).toBe(new Set(folds).size - 2 + 1);
  expect(await answer(resumed, questions)).toEqual(await answer(whole, questions));
});

describe('bad call: an ensemble', () => {
  it.each([
    [
      'of classes with a learner of numbers',
      'average',
      two,
      { learners: ['linear', 'ridge'] },
      'parameters.learners.1.learner',
    ],
    [
      'with settings that do not fit the target',
      'stacking',
      values,
      { learners: [{ learner: 'linear', parameters: { penalty: 'l1' } }, 'forest'] },
      'parameters.learners.0.parameters.penalty',
    ],
    [
      'whose last learner cannot do the task',
      'stacking',
      two,
      { learners: ['linear', 'forest'], final: 'lasso' },
      'parameters.final.learner',
    ],
  ] as const)('%s is refused, naming the setting', async (_title, name, target, parameters, param) => {
    await expect(learn(name, target, parameters)).rejects.toMatchObject({ kind: 'invalid_request', param });
  });
});
