/** The silhouette: how much nearer rows are to their own group than to the next one. */
import type { Matrix } from '../core/index.ts';

/**
 * Mean silhouette coefficient (Rousseeuw 1987) with Euclidean distances, -1 to 1; a row that is alone in its group counts
 * 0. Time grows with the square of the rows: sample them before.
 *
 * @param groups number of each row's group
 * @returns null when all rows are in one group, where it is undefined
 */
export function silhouette(x: Matrix, groups: ArrayLike<number>): number | null {
  const values = silhouettes(x, groups);
  return values && values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The silhouette coefficient of every row; null when all rows are in one group. */
export function silhouettes({ rows, columns, data }: Matrix, groups: ArrayLike<number>): Float64Array | null {
  const count = Math.max(0, ...Array.from(groups)) + 1;
  const sizes = new Float64Array(count);
  for (let row = 0; row < rows; row += 1) sizes[groups[row]!]! += 1;
  if (sizes.filter((size) => size > 0).length < 2) return null;
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const totals = new Float64Array(count);
    for (let other = 0; other < rows; other += 1) {
      let squares = 0;
      for (let column = 0; column < columns; column += 1) {
        squares += (data[row * columns + column]! - data[other * columns + column]!) ** 2;
      }
      totals[groups[other]!]! += Math.sqrt(squares);
    }
    const own = groups[row]!;
    if (sizes[own] === 1) continue;
    const within = totals[own]! / (sizes[own]! - 1);
    const between = totals.reduce(
      (least, total, group) =>
        group === own || sizes[group] === 0 ? least : Math.min(least, total / sizes[group]!),
      Number.POSITIVE_INFINITY,
    );
    const larger = Math.max(within, between);
    values[row] = larger > 0 ? (between - within) / larger : 0;
  }
  return values;
}
