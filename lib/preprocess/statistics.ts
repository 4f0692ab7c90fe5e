/** Descriptive statistics in float64, defined as numpy and scikit-learn define them. */

/** Arithmetic mean, corrected once for rounding; NaN for no values. */
export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const rough = sum / values.length;
  let rest = 0;
  for (const value of values) rest += value - rough;
  return rough + rest / values.length;
}

/** Population variance about the given mean: the mean squared distance; NaN for no values. */
export function varianceOf(values: Float64Array, mean: number): number {
  let sum = 0;
  for (const value of values) sum += (value - mean) ** 2;
  return sum / values.length;
}

/**
 * Quantile by linear interpolation between neighbours (Hyndman and Fan's type 7, numpy's default).
 *
 * @param sorted ascending, at least one value
 * @param share 0 to 1
 */
export function quantileOf(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

/**
 * The most frequent value; of equally frequent ones the first.
 *
 * @param sorted equal values stand together; at least one
 */
export function modeOf<T>(sorted: ArrayLike<T>): T {
  let best = sorted[0]!;
  let bestCount = 0;
  let count = 0;
  for (let index = 0; index < sorted.length; index += 1) {
    count = index > 0 && sorted[index] === sorted[index - 1] ? count + 1 : 1;
    if (count > bestCount) {
      best = sorted[index]!;
      bestCount = count;
    }
  }
  return best;
}
