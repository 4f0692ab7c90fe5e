/** Solves small systems of normal equations. */
import { internal } from '../core/index.ts';

/**
 * Solves A x = b for several b by Cholesky's factorisation.
 *
 * @param matrix symmetric and positive definite, row-major [size, size]; only its lower half is read
 * @param sides row-major [size, count], one column a right-hand side
 * @returns row-major [size, count]
 * @throws internal for a matrix that is not positive definite
 */
export function solveNormalEquations(
  matrix: Float64Array,
  sides: Float64Array,
  { size, count }: { readonly size: number; readonly count: number },
): Float64Array {
  const lower = factorise(matrix, size);
  const solution = sides.slice();
  for (let side = 0; side < count; side += 1) {
    for (let row = 0; row < size; row += 1) {
      let sum = solution[row * count + side]!;
      for (let k = 0; k < row; k += 1) sum -= lower[row * size + k]! * solution[k * count + side]!;
      solution[row * count + side] = sum / lower[row * size + row]!;
    }
    for (let row = size - 1; row >= 0; row -= 1) {
      let sum = solution[row * count + side]!;
      for (let k = row + 1; k < size; k += 1) sum -= lower[k * size + row]! * solution[k * count + side]!;
      solution[row * count + side] = sum / lower[row * size + row]!;
    }
  }
  return solution;
}

function factorise(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row * size + column]!;
      for (let k = 0; k < column; k += 1) sum -= lower[row * size + k]! * lower[column * size + k]!;
      if (row !== column) lower[row * size + column] = sum / lower[column * size + column]!;
      else if (sum > 0) lower[row * size + row] = Math.sqrt(sum);
      else throw internal('The coalitions do not determine every value.', { code: 'too_few_coalitions' });
    }
  }
  return lower;
}
