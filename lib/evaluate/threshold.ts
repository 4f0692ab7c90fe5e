/** Chooses the probability from which on a row is answered positive. */
import { rankRows } from './ranking.ts';

/** Scores of the positive class and what to make largest. */
export interface ThresholdSearch {
  /** 1 or true for positive rows. */
  readonly actual: ArrayLike<number | boolean>;
  readonly scores: ArrayLike<number>;
  readonly objective: 'f1' | 'balanced_accuracy';
}

/** A threshold and the objective it reaches on the rows searched. */
export interface ThresholdChoice {
  /** A row is positive when its score is at least this. */
  readonly threshold: number;
  /** null when the rows have one class only; the threshold is then 0.5. */
  readonly value: number | null;
}

const evenOdds = 0.5;

/**
 * The best threshold for the objective. It lies half-way between two scores, never within a tie; of equally good
 * ones the nearest to 0.5 is taken.
 *
 * Search on rows that the model has not learnt from: on its own training rows the choice is too bold.
 *
 * @throws invalid_request for a NaN score or different lengths
 */
export function chooseThreshold({ actual, scores, objective }: ThresholdSearch): ThresholdChoice {
  const { order, positive, last } = rankRows(scores, actual);
  const positives = positive.reduce((sum, one) => sum + one, 0);
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return { threshold: evenOdds, value: null };
  let best = { threshold: evenOdds, value: -1 };
  let truePositives = 0;
  for (let at = 0; at < order.length; at += 1) {
    truePositives += positive[at]!;
    if (last[at] === 0) continue;
    const answered = at + 1;
    const value =
      objective === 'f1'
        ? (2 * truePositives) / (positives + answered)
        : (truePositives / positives + 1 - (answered - truePositives) / negatives) / 2;
    const next = order[at + 1];
    const threshold = between(scores[order[at]!]!, next === undefined ? undefined : scores[next]!);
    if (value > best.value || (value === best.value && isNearer(threshold, best.threshold))) {
      best = { threshold, value };
    }
  }
  return best;
}

/** Half-way to the next lower score, unless rounding puts that on the lower score itself. */
function between(upper: number, lower: number | undefined): number {
  if (lower === undefined) return upper;
  const middle = (upper + lower) / 2;
  return middle > lower ? middle : upper;
}

const isNearer = (left: number, right: number): boolean =>
  Math.abs(left - evenOdds) < Math.abs(right - evenOdds);
