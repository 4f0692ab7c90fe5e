/** Quantiles of weighted values. */

/**
 * The smallest value that at least a share `quantile` of the weight does not exceed (the inverse of the empirical
 * distribution).
 *
 * @param values at least one of them with a weight; NaN where none has
 */
export function weightedQuantile(values: Float64Array, weights: Float64Array, quantile: number): number {
  const order = Uint32Array.from(values, (_, index) => index).sort(
    (one, other) => values[one]! - values[other]!,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let reached = 0;
  let last = Number.NaN;
  for (const index of order) {
    if (weights[index] === 0) continue;
    reached += weights[index]!;
    last = values[index]!;
    if (reached >= quantile * total) return last;
  }
  return last;
}
