/** Kernels of support vector machines, and rows of kernel values that are kept while there is room. */
import type { Matrix } from '../../core/index.ts';

/** exp(-gamma |x - z|^2), or (gamma x.z + coef0)^degree. */
export interface Kernel {
  readonly kind: 'rbf' | 'polynomial';
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
}

/** Memory for kept rows. */
const cacheBytes = 256 * 1024 * 1024;

/** Gamma by scikit-learn's rule `scale`: 1 / (columns * variance of all values); 1 where they are constant. */
export function scaleGamma({ columns, data }: Matrix): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return variance > 0 ? 1 / (columns * variance) : 1;
}

/** Kernel values of one row of `left` with every row of `right`. */
export type KernelRows = (row: number) => Float32Array;

/** Kernel values between the rows of two matrices with the same columns. */
function kernelRows(left: Matrix, right: Matrix, kernel: Kernel): KernelRows {
  const { columns } = left;
  const [ownSquares, squares] = [squaresOf(left), squaresOf(right)];
  const { kind, gamma, coef0, degree } = kernel;
  return (row) => {
    const own = left.data.subarray(row * columns, (row + 1) * columns);
    const values = productsWith(own, right);
    const square = ownSquares[row]!;
    for (let other = 0; other < values.length; other += 1) {
      const product = values[other]!;
      values[other] =
        kind === 'rbf'
          ? Math.exp(-gamma * Math.max(0, square + squares[other]! - 2 * product))
          : (gamma * product + coef0) ** degree;
    }
    return Float32Array.from(values);
  };
}

/** Products of one row with every row of a matrix; four sums that do not wait for each other are faster than one. */
function productsWith(own: Float32Array, { rows, columns, data }: Matrix): Float64Array {
  const products = new Float64Array(rows);
  const whole = columns - (columns % 4);
  for (let row = 0, at = 0; row < rows; row += 1) {
    let first = 0;
    let second = 0;
    let third = 0;
    let fourth = 0;
    let column = 0;
    for (; column < whole; column += 4, at += 4) {
      first += own[column]! * data[at]!;
      second += own[column + 1]! * data[at + 1]!;
      third += own[column + 2]! * data[at + 2]!;
      fourth += own[column + 3]! * data[at + 3]!;
    }
    for (; column < columns; column += 1, at += 1) first += own[column]! * data[at]!;
    products[row] = first + second + third + fourth;
  }
  return products;
}

/** K(x, x) of each row. */
function kernelDiagonal(x: Matrix, { kind, gamma, coef0, degree }: Kernel): Float64Array {
  return squaresOf(x).map((square) => (kind === 'rbf' ? 1 : (gamma * square + coef0) ** degree));
}

function squaresOf({ rows, columns, data }: Matrix): Float64Array {
  const squares = new Float64Array(rows);
  for (let at = 0; at < data.length; at += 1) squares[Math.floor(at / columns)]! += data[at]! * data[at]!;
  return squares;
}

/** Kernel values between all rows of a matrix; machines on parts of the rows share them. */
export interface KernelTable {
  readonly rowOf: KernelRows;
  /** K(x, x) of each row. */
  readonly diagonal: Float64Array;
}

/** The table of a matrix; rows are computed when they are asked for, and those asked for lately are kept. */
export function kernelTable(x: Matrix, kernel: Kernel): KernelTable {
  const most = Math.max(2, Math.floor(cacheBytes / (4 * Math.max(1, x.rows))));
  const compute = kernelRows(x, x, kernel);
  const kept = new Map<number, Float32Array>();
  const rowOf: KernelRows = (row) => {
    const values = kept.get(row) ?? compute(row);
    // Last in, so that the first is the one unused for longest.
    kept.delete(row);
    kept.set(row, values);
    if (kept.size > most) kept.delete(kept.keys().next().value!);
    return values;
  };
  return { rowOf, diagonal: kernelDiagonal(x, kernel) };
}
