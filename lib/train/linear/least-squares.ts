/** Solves normal equations whose matrix may be singular, by a pivoted Cholesky factorisation. */

/**
 * A column whose part outside the span of the columns before it is smaller than this share (squared) is taken for
 * a combination of them: scikit-learn's `LinearRegression(tol=1e-6)`, squared.
 */
const dependentShare = 1e-12;

/** L of P' A P = L L' for the first `rank` pivots; the rows below `rank` couple the dependent columns to them. */
interface Factor {
  /** Row-major [size, size]; row i belongs to column `order[i]` of A. */
  readonly lower: Float64Array;
  readonly order: readonly number[];
  readonly rank: number;
}

/**
 * The shortest x among those that solve A x = b, for a symmetric positive semi-definite A [n, n], row-major.
 *
 * Which columns depend on others is decided on A scaled to a unit diagonal, so that units do not matter; the
 * length that is made smallest is that of x in the units given, as the pseudo-inverse has it.
 * A column with a zero diagonal gets 0.
 */
export function solveLeastSquares(matrix: Float64Array, right: Float64Array): Float64Array {
  const columns = [...right.keys()].filter((column) => matrix[column * right.length + column]! > 0);
  const size = columns.length;
  const length = columns.map((column) => Math.sqrt(matrix[column * right.length + column]!));
  const scaled = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      const value = matrix[columns[i]! * right.length + columns[j]!]!;
      scaled[i * size + j] = i === j ? 1 : value / (length[i]! * length[j]!);
    }
  }
  const factor = factorize(scaled, size);
  const basic = solveBasic(
    factor,
    Float64Array.from(columns, (column, i) => right[column]! / length[i]!),
  );
  const shortest = removeNullSpace(
    basic.map((value, i) => value / length[i]!),
    nullSpace(factor).map((vector) => vector.map((value, i) => value / length[i]!)),
  );
  const solution = new Float64Array(right.length);
  columns.forEach((column, i) => {
    solution[column] = shortest[i]!;
  });
  return solution;
}

/** Cholesky with the largest remaining diagonal first (LAPACK's xPSTRF); stops when that is negligible. */
function factorize(matrix: Float64Array, size: number): Factor {
  const lower = matrix.slice();
  const order = Array.from({ length: size }, (_, index) => index);
  // The pivot's column side by side: from row to row of a large matrix each number would come from far memory.
  const column = new Float64Array(size);
  let rank = 0;
  for (; rank < size; rank += 1) {
    let pivot = rank;
    for (let i = rank + 1; i < size; i += 1) {
      if (lower[i * size + i]! > lower[pivot * size + pivot]!) pivot = i;
    }
    if (!(lower[pivot * size + pivot]! > dependentShare)) break;
    swapSymmetric(lower, order, { size, left: rank, right: pivot });
    const root = Math.sqrt(lower[rank * size + rank]!);
    lower[rank * size + rank] = root;
    for (let i = rank + 1; i < size; i += 1) {
      lower[i * size + rank]! /= root;
      column[i] = lower[i * size + rank]!;
    }
    for (let i = rank + 1; i < size; i += 1) {
      const factor = column[i]!;
      if (factor === 0) continue;
      for (let j = rank + 1; j <= i; j += 1) lower[i * size + j]! -= factor * column[j]!;
    }
  }
  return { lower, order, rank };
}

/** Swaps two rows and columns, of which only the lower triangle is kept up to date. */
function swapSymmetric(
  lower: Float64Array,
  order: number[],
  { size, left, right }: { readonly size: number; readonly left: number; readonly right: number },
): void {
  if (left === right) return;
  [order[left], order[right]] = [order[right]!, order[left]!];
  const swap = (first: number, second: number): void => {
    [lower[first], lower[second]] = [lower[second]!, lower[first]!];
  };
  for (let j = 0; j < left; j += 1) swap(left * size + j, right * size + j);
  for (let i = left + 1; i < right; i += 1) swap(i * size + left, right * size + i);
  for (let i = right + 1; i < size; i += 1) swap(i * size + left, i * size + right);
  swap(left * size + left, right * size + right);
}

/** The solution that leaves the dependent columns out, in the original order. */
function solveBasic({ lower, order, rank }: Factor, right: Float64Array): Float64Array {
  const size = order.length;
  const solution = new Float64Array(rank);
  for (let i = 0; i < rank; i += 1) {
    let sum = right[order[i]!]!;
    for (let j = 0; j < i; j += 1) sum -= lower[i * size + j]! * solution[j]!;
    solution[i] = sum / lower[i * size + i]!;
  }
  return scatter(backSubstitute(lower, size, solution), order);
}

/** One vector for each dependent column: that column minus the combination of the others that equals it. */
function nullSpace({ lower, order, rank }: Factor): Float64Array[] {
  const size = order.length;
  return order.slice(rank).map((dependent, index) => {
    const row = (rank + index) * size;
    const combination = backSubstitute(lower, size, lower.slice(row, row + rank));
    const vector = scatter(
      combination.map((value) => -value),
      order,
    );
    vector[dependent] = 1;
    return vector;
  });
}

/** Solves L' x = b in place for the leading block of the length of `b`. */
function backSubstitute(lower: Float64Array, size: number, right: Float64Array): Float64Array {
  for (let i = right.length - 1; i >= 0; i -= 1) {
    right[i]! /= lower[i * size + i]!;
    for (let j = 0; j < i; j += 1) right[j]! -= lower[i * size + j]! * right[i]!;
  }
  return right;
}

function scatter(values: Float64Array, order: readonly number[]): Float64Array {
  const scattered = new Float64Array(order.length);
  values.forEach((value, index) => {
    scattered[order[index]!] = value;
  });
  return scattered;
}

/** Subtracts from `vector` what lies in the span of `basis`, which is made orthonormal (modified Gram-Schmidt). */
function removeNullSpace(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const orthonormal: Float64Array[] = [];
  for (const direction of basis) {
    // Twice is enough for orthogonality to rounding (Kahan and Parlett).
    for (const previous of [...orthonormal, ...orthonormal]) subtractProjection(direction, previous);
    const length = Math.hypot(...direction);
    for (let index = 0; index < direction.length; index += 1) direction[index]! /= length;
    orthonormal.push(direction);
    subtractProjection(vector, direction);
  }
  return vector;
}

function subtractProjection(vector: Float64Array, unit: Float64Array): void {
  let share = 0;
  for (let index = 0; index < vector.length; index += 1) share += vector[index]! * unit[index]!;
  for (let index = 0; index < vector.length; index += 1) vector[index]! -= share * unit[index]!;
}
