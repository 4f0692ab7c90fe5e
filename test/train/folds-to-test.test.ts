/** How often a learner is tested. */
import { expect, it } from 'vitest';
import { silentLogger } from '../../lib/core/index.ts';
import type { Fold } from '../../lib/dataset/index.ts';
import { selectFeatures } from '../../lib/preprocess/index.ts';
import { foldsToTest } from '../../lib/train/folds-to-test.ts';
import { learners } from '../../lib/train/learners/index.ts';
import { type TrainRequest, trainModel } from '../../lib/train/train-model.ts';

const count = (length: number, start = 0): Uint32Array =>
  Uint32Array.from({ length }, (_, index) => start + index);

/** Rows in five folds, of which the first is held out; a share of them is of the positive class. */
function requestOf(rows: number, positiveShare: number): TrainRequest {
  const size = rows / 5;
  const folds: readonly Fold[] = Array.from({ length: 5 }, (_, fold) => ({
    train: count(0),
    test: count(size, fold * size),
  }));
  return {
    spec: { dataset: 'data', target: 'answer' },
    positive: 'yes',
    split: { kind: 'stratified', folds, heldOut: folds[0]! },
    target: {
      task: 'classification',
      classes: ['no', 'yes'],
      codes: Int32Array.from({ length: rows }, (_, row) => (row < positiveShare * rows ? 1 : 0)),
    },
  } as Partial<TrainRequest> as TrainRequest;
}

const testedOf = (learner: keyof typeof learners, rows: number, positiveShare = 0.5): readonly number[] => {
  const request = requestOf(rows, positiveShare);
  return foldsToTest(request, learners[learner]).map((fold) => request.split.folds.indexOf(fold));
};

it('tests what is fitted soon on every part of the rows', () => {
  expect(testedOf('linear', 50_000)).toEqual([0, 1, 2, 3, 4]);
});

it.each(['network', 'convolution', 'text_network'] as const)(
  'tests %s on the held-out part alone where that is large enough',
  (learner) => {
    expect(testedOf(learner, 4_995)).toEqual([0, 1, 2, 3, 4]);
    expect(testedOf(learner, 5_000)).toEqual([0]);
  },
);

it('tests a network on one part more where a rare class needs a threshold', () => {
  expect(testedOf('network', 5_000, 0.1)).toEqual([0, 1]);
});

it('trains a network that is tested once, on the newest rows', async () => {
  const request = requestOf(5_000, 0.5);
  const { folds } = request.split;
  const values = Float64Array.from({ length: 5_000 }, (_, row) => row % 7);
  const columns = [{ name: 'x', type: 'numeric', values } as const];
  const heldOut: Fold = { train: count(1_000), test: count(1_000, 4_000) };

  const trained = await trainModel(
    {
      ...request,
      table: { rows: 5_000, columns },
      features: selectFeatures(columns, {}).features,
      spec: { ...request.spec, learner: 'network', parameters: { hidden: [], epochs: 1 } },
      split: { kind: 'time', folds: folds.with(4, heldOut), heldOut },
      judge: { metric: 'accuracy', higherIsBetter: true, score: () => 0.5, chooseThreshold: () => 0.5 },
      seed: 1,
    },
    { threads: 1, logger: silentLogger },
  );

  expect(trained.candidates[0]!.fold_scores).toHaveLength(1);
  expect(trained.heldOut.rows).toEqual(heldOut.test);
});

it('tests an ensemble as often as the slowest of its learners', () => {
  const request = requestOf(5_000, 0.5);
  const foldsOf = (members: readonly string[]) =>
    foldsToTest(
      { ...request, spec: { ...request.spec, parameters: { learners: members } } } as TrainRequest,
      learners.average,
    );

  expect(foldsOf(['linear', 'network'])).toHaveLength(1);
  expect(foldsOf(['linear', 'forest'])).toHaveLength(5);
});
