/** The refusals that the linear learners share. */
import { invalidInput, type Matrix } from '../../core/index.ts';

/**
 * Refuses rows that no linear model can be fitted to.
 *
 * @throws invalid_request naming what is wrong
 */
export function checkRows(x: Matrix, y: ArrayLike<number>, weights?: Float64Array): void {
  if (x.rows < 1) throw invalidInput('A linear model needs at least one row');
  if (x.columns < 1) throw invalidInput('A linear model needs at least one feature');
  if (y.length !== x.rows) throw invalidInput(`There are ${x.rows} rows but ${y.length} targets`);
  if (weights === undefined) return;
  if (weights.length !== x.rows) {
    throw invalidInput(`There are ${x.rows} rows but ${weights.length} weights`);
  }
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (bad >= 0)
    throw invalidInput(`Weight of row ${bad} is ${weights[bad]}; weights are finite and at least 0`);
  if (!weights.some((weight) => weight > 0)) throw invalidInput('All weights are 0; give some row a weight');
}
