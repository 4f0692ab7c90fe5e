/** Metrics of predicted numbers. */
import { invalidInput } from '../core/index.ts';

/** True and predicted values of the same rows. */
export interface ValueAnswers {
  readonly actual: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  /** The share of rows that are to stay below the predicted values, where these are quantiles. */
  readonly quantile?: number | undefined;
}

/** All metrics of predicted numbers by name. */
export interface ValueScores {
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  /** null where a true value is 0. */
  readonly mape: number | null;
  /** null with fewer than two rows. */
  readonly r2: number | null;
  /** Of quantiles only. */
  readonly pinball?: number;
}

/**
 * Prepares the metrics, so that many reweightings of the rows cost one pass each.
 *
 * R2 of a constant target is 1 for a perfect answer, else 0, as in scikit-learn, which divides by machine epsilon where
 * MAPE would divide by 0: one such row would be all that is left of the mean, so that here there is none.
 *
 * @returns the metrics for how often each row counts, once when left out
 * @throws invalid_request for no rows, different lengths or a value that is not finite
 */
export function valueScorer({
  actual,
  predicted,
  quantile,
}: ValueAnswers): (weights?: ArrayLike<number>) => ValueScores {
  const absolute = absoluteErrors({ actual, predicted });
  const origin = meanOf(actual);
  const share = (row: number): number => (actual[row]! > predicted[row]! ? quantile! : 1 - quantile!);
  return (weights) => {
    const sums = {
      rows: 0,
      squares: 0,
      absolutes: 0,
      pinball: 0,
      shares: 0,
      zeros: 0,
      deviations: 0,
      spread: 0,
    };
    for (let row = 0; row < absolute.length; row += 1) {
      const weight = weights ? weights[row]! : 1;
      const error = absolute[row]!;
      const deviation = actual[row]! - origin;
      sums.rows += weight;
      sums.squares += weight * error * error;
      sums.absolutes += weight * error;
      if (quantile !== undefined) sums.pinball += weight * share(row) * error;
      if (actual[row] === 0) sums.zeros += weight;
      else sums.shares += (weight * error) / Math.abs(actual[row]!);
      sums.deviations += weight * deviation;
      sums.spread += weight * deviation * deviation;
    }
    const mse = sums.squares / sums.rows;
    const variation = sums.spread - (sums.deviations * sums.deviations) / sums.rows;
    return {
      mse,
      rmse: Math.sqrt(mse),
      mae: sums.absolutes / sums.rows,
      mape: sums.zeros > 0 ? null : sums.shares / sums.rows,
      r2:
        sums.rows < 2
          ? null
          : explainedShare(sums.squares, isRounding(variation, sums.spread) ? 0 : variation),
      ...(quantile !== undefined && { pinball: sums.pinball / sums.rows }),
    };
  };
}

/** A resample may repeat one row only; what is then left of its variation is rounding. */
const isRounding = (variation: number, spread: number): boolean => variation <= 1e-13 * spread;

function explainedShare(squares: number, variation: number): number {
  if (variation > 0) return 1 - squares / variation;
  return squares === 0 ? 1 : 0;
}

/** All metrics with every row counted once. */
export const valueScores = (answers: ValueAnswers): ValueScores => valueScorer(answers)();

/** Median of the absolute errors: half of the answers are at least this close. */
export function medianAbsoluteError(answers: ValueAnswers): number {
  const sorted = absoluteErrors(answers).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function absoluteErrors({ actual, predicted }: ValueAnswers): Float64Array {
  if (actual.length === 0) throw invalidInput('There are no rows to evaluate');
  if (actual.length !== predicted.length) {
    throw invalidInput(`There are ${actual.length} actual values but ${predicted.length} predicted ones`);
  }
  return Float64Array.from(actual, (value, row) => {
    const error = Math.abs(value - predicted[row]!);
    if (Number.isFinite(error)) return error;
    throw invalidInput(`Row ${row} compares ${value} with ${predicted[row]}; both must be finite`);
  });
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < values.length; row += 1) sum += values[row]!;
  return sum / values.length;
}
