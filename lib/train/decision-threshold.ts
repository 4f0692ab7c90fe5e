/** The cut on the probability of a rare positive class: chosen on rows that the model's score is not of. */
import type { FoldResult } from './cross-validate.ts';
import type { TrainRequest } from './train-model.ts';

/** A positive class rarer than this gets its own decision threshold. */
const imbalancedShare = 0.2;

/** The number of the positive class where it is so rare that it gets a threshold of its own; else `null`. */
export function rarePositive({ target, positive, spec }: TrainRequest): number | null {
  if (target.task !== 'classification' || target.classes.length !== 2 || positive === undefined) return null;
  if ((spec.imbalance ?? 'auto') !== 'auto') return null;
  const code = target.classes.indexOf(positive);
  const count = target.codes.reduce((sum, item) => sum + (item === code ? 1 : 0), 0);
  return count / target.codes.length < imbalancedShare ? code : null;
}

/** Chosen on the folds other than the held-out one; `null` when the most probable class is the answer. */
export function decisionThreshold(results: readonly FoldResult[], request: TrainRequest): number | null {
  const { target, split, judge } = request;
  const code = rarePositive(request);
  if (code === null || target.task !== 'classification') return null;
  const choosing = results.filter(({ fold }) => fold !== split.heldOut);
  const actual: number[] = [];
  const scores: number[] = [];
  for (const { fold, predictions } of choosing) {
    if (predictions.task !== 'classification') continue;
    for (let index = 0; index < fold.test.length; index += 1) {
      actual.push(target.codes[fold.test[index]!] === code ? 1 : 0);
      scores.push(predictions.probabilities[index * 2 + code]!);
    }
  }
  return Math.fround(judge.chooseThreshold(Uint8Array.from(actual), Float32Array.from(scores)));
}

/** Labels by the threshold, which becomes part of the model too; `null` leaves them. */
export function withThreshold(
  results: readonly FoldResult[],
  threshold: number | null,
  { positive, target }: TrainRequest,
): readonly FoldResult[] {
  if (threshold === null || positive === undefined || target.task !== 'classification') return results;
  const code = target.classes.indexOf(positive);
  const negative = target.classes[1 - code]!;
  return results.map((result) => {
    const { predictions } = result;
    if (predictions.task !== 'classification') return result;
    const { probabilities } = predictions;
    const labels = predictions.labels.map((_label, index) =>
      probabilities[index * 2 + code]! >= threshold ? positive : negative,
    );
    const parts = result.parts && { ...result.parts, threshold: { positive, value: threshold } };
    return { ...result, predictions: { ...predictions, labels }, ...(parts && { parts }) };
  });
}
