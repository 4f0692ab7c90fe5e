/** Global importances: how far each raw column moves the model's score on average. */
import type { Explanation } from './raw-columns.ts';

/** A raw column and the mean absolute SHAP value of it, in the units of the score. */
export interface Importance {
  readonly column: string;
  readonly value: number;
}

/**
 * Mean |SHAP| over explanations; the largest first, equals in the order of the columns.
 *
 * @param explanations of many rows, with three classes and more one for each class
 * @param columns names of the raw columns in the order of the values
 */
export function importancesOf(
  explanations: readonly Explanation[],
  columns: readonly string[],
): Importance[] {
  const sums = new Float64Array(columns.length);
  for (const { values } of explanations) {
    for (let column = 0; column < sums.length; column += 1) sums[column]! += Math.abs(values[column]!);
  }
  return columns
    .map((column, index) => ({ column, value: sums[index]! / explanations.length }))
    .sort((left, right) => right.value - left.value);
}
