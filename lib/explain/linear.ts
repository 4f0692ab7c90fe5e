/** Exact SHAP values of linear scores: each feature's weight times its distance from the background's mean. */

import type { Matrix } from '../core/index.ts';
import { columnMeans } from './ensemble-scores.ts';
import type { Attribution, FeatureAttributor, Score } from './types.ts';

/**
 * Prepares a linear score for a background (features taken as independent: Lundberg and Lee 2017, corollary 1).
 *
 * @param background float32 [rows, features], at least one row
 */
export function linearAttributor(
  { weights, targets, offsets }: Extract<Score, { style: 'linear' }>,
  background: Matrix,
): FeatureAttributor {
  const means = columnMeans(background.data, background.columns);
  const scoreOf = (row: ArrayLike<number>, target: number): number => {
    let sum = offsets[target]!;
    for (let column = 0; column < row.length; column += 1)
      sum += row[column]! * weights[column * targets + target]!;
    return sum;
  };
  const base = Float64Array.from(offsets, (_, target) => scoreOf(means, target));
  return ({ rows, columns, data }): Attribution => {
    const scores = new Float64Array(rows * targets);
    const values = new Float64Array(rows * targets * columns);
    for (let row = 0; row < rows; row += 1) {
      const own = data.subarray(row * columns, (row + 1) * columns);
      for (let target = 0; target < targets; target += 1) {
        const place = row * targets + target;
        scores[place] = scoreOf(own, target);
        for (let column = 0; column < columns; column += 1) {
          values[place * columns + column] =
            weights[column * targets + target]! * (own[column]! - means[column]!);
        }
      }
    }
    return { rows, targets, columns, base, scores, values };
  };
}
