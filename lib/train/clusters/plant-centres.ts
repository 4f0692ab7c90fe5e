/** Where the search for groups begins: rows that are far from each other, drawn by k-means++. */
import type { Matrix, Random } from '../../core/index.ts';

/**
 * Greedy k-means++ (Arthur and Vassilvitskii 2007, section 7): each centre is the best of some rows that are drawn with
 * a probability that grows with the square of their distance to the centres there are.
 *
 * @param clusters at most as many as there are different rows
 * @returns row-major [clusters, columns]
 */
export function plantCentres(x: Matrix, clusters: number, random: Random): Float64Array {
  const { rows, columns, data } = x;
  const centres = new Float64Array(clusters * columns);
  const trials = 2 + Math.floor(Math.log(clusters));
  let row = random.integer(rows);
  let nearest = distancesTo(x, row);
  centres.set(data.subarray(row * columns, (row + 1) * columns), 0);
  for (let cluster = 1; cluster < clusters; cluster += 1) {
    let least = Number.POSITIVE_INFINITY;
    let chosen = nearest;
    for (const candidate of drawRows(nearest, trials, random)) {
      const distances = distancesTo(x, candidate);
      let total = 0;
      for (let other = 0; other < rows; other += 1) {
        distances[other] = Math.min(distances[other]!, nearest[other]!);
        total += distances[other]!;
      }
      if (total >= least) continue;
      least = total;
      chosen = distances;
      row = candidate;
    }
    nearest = chosen;
    centres.set(data.subarray(row * columns, (row + 1) * columns), cluster * columns);
  }
  return centres;
}

/** Squared distances of all rows to one of them. */
function distancesTo({ rows, columns, data }: Matrix, from: number): Float64Array {
  const distances = new Float64Array(rows);
  for (let row = 0, at = 0; row < rows; row += 1) {
    let sum = 0;
    for (let column = 0; column < columns; column += 1, at += 1) {
      const apart = data[at]! - data[from * columns + column]!;
      sum += apart * apart;
    }
    distances[row] = sum;
  }
  return distances;
}

/** Rows drawn with probabilities that are as their weights. */
function drawRows(weights: Float64Array, count: number, random: Random): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: count }, () => {
    let left = random.uniform() * total;
    const drawn = weights.findIndex((weight) => {
      left -= weight;
      return left < 0 && weight > 0;
    });
    return drawn >= 0 ? drawn : weights.findLastIndex((weight) => weight > 0);
  });
}
