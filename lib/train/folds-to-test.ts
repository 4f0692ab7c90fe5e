/** On how many parts of the rows a learner is tested. */
import { type Fold, splitFolds } from '../dataset/index.ts';
import { rarePositive } from './decision-threshold.ts';
import type { TrainRequest } from './train-model.ts';
import type { Learner } from './types.ts';

/** Rows held out from which on one test says enough: an accuracy of 0.9 is then known to within 0.02. */
const enoughTestRows = 1000;

/**
 * All folds or, of a learner whose fits take long or that joins such, the held-out one if it is large enough to tell how
 * good the model is; then one more if a threshold has to be chosen on rows that the score is not of.
 */
export function foldsToTest(request: TrainRequest, { costly, members }: Learner): readonly Fold[] {
  const { folds, heldOut } = request.split;
  const joined = members?.(request.spec.parameters ?? {}) ?? [];
  const isCostly = costly || joined.some(({ learner }) => learner.costly);
  if (!isCostly || heldOut.test.length < enoughTestRows) return folds;
  return rarePositive(request) === null ? [heldOut] : [heldOut, folds.find((fold) => fold !== heldOut)!];
}

/** How many tests of a costly learner so many rows call for, where no threshold has to be chosen. */
export const expectedFolds = (rows: number): number => (rows / splitFolds < enoughTestRows ? splitFolds : 1);
