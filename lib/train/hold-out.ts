/** Sets rows aside for early stopping. */
import { createRandom } from '../core/index.ts';

/** Row numbers, ascending. */
export interface HeldOut {
  readonly trainingRows: readonly number[];
  readonly validationRows: readonly number[];
}

/**
 * Holds out a share of the rows, the same share of every stratum as far as whole rows allow; a stratum of
 * one row is kept for training, and so are the rows of a negative one.
 *
 * @param strata a number by row: the class, or the same for all
 */
export function holdOut(strata: Float64Array, fraction: number, seed: number): HeldOut {
  const byStratum = new Map<number, number[]>();
  for (const [row, stratum] of strata.entries()) {
    const rows = byStratum.get(stratum);
    if (rows === undefined) byStratum.set(stratum, [row]);
    else rows.push(row);
  }
  const random = createRandom(seed).fork('hold-out');
  const validationRows: number[] = [];
  const trainingRows: number[] = [];
  for (const [stratum, rows] of byStratum) {
    random.shuffle(rows);
    const held = stratum < 0 ? 0 : Math.min(Math.round(rows.length * fraction), rows.length - 1);
    for (const [index, row] of rows.entries()) (index < held ? validationRows : trainingRows).push(row);
  }
  const ascending = (one: number, other: number): number => one - other;
  return { trainingRows: trainingRows.sort(ascending), validationRows: validationRows.sort(ascending) };
}
