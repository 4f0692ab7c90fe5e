/** What an ensemble answers for encoded rows, added up in float64. */
import type { Matrix } from '../core/index.ts';
import type { Ensemble } from './types.ts';

/** True if a row goes left at a split. */
export function goesLeft({ threshold, codes, missingLeft }: Ensemble, node: number, value: number): boolean {
  if (Number.isNaN(value)) return missingLeft[node] === 1;
  return codes[node]?.has(value) ?? value <= threshold[node]!;
}

/** Sums of leaf values [rows, targets], without offsets. */
export function ensembleScores(ensemble: Ensemble, { rows, columns, data }: Matrix): Float64Array {
  const { roots, feature, left, right, valueStart, valueTarget, values, targets } = ensemble;
  const scores = new Float64Array(rows * targets);
  for (let row = 0; row < rows; row += 1) {
    for (const root of roots) {
      let node = root;
      for (let column = feature[node]!; column >= 0; column = feature[node]!) {
        node = goesLeft(ensemble, node, data[row * columns + column]!) ? left[node]! : right[node]!;
      }
      for (let entry = valueStart[node]!; entry < valueStart[node + 1]!; entry += 1) {
        scores[row * targets + valueTarget[entry]!]! += values[entry]!;
      }
    }
  }
  return scores;
}

/** The mean of each column of a matrix [rows, columns]. */
export function columnMeans(data: ArrayLike<number>, columns: number): Float64Array {
  const means = new Float64Array(columns);
  for (let index = 0; index < data.length; index += 1) means[index % columns]! += data[index]!;
  return means.map((sum) => sum / (data.length / columns));
}
