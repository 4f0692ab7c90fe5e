/** Least squares by orthogonal rotations, row block by row block: as exact as a QR factorisation, in little memory. */

/** The triangle R of X = Q R for the columns and, last of them, the target; upper, row-major [size, size]. */
export interface Triangle {
  readonly size: number;
  readonly data: Float64Array;
  rows: number;
}

export const emptyTriangle = (size: number): Triangle => ({
  size,
  data: new Float64Array(size * size),
  rows: 0,
});

/**
 * Takes a block of rows in: Householder reflections of the triangle with the block below it (Golub and Van Loan, "Matrix
 * Computations", section 5.2). The block is overwritten.
 *
 * @param block row-major [rows, size]
 */
export function addRows(triangle: Triangle, block: Float64Array, rows: number): void {
  const { size, data } = triangle;
  for (let column = 0; column < size; column += 1) {
    let below = 0;
    for (let row = 0; row < rows; row += 1) below += block[row * size + column]! ** 2;
    if (below === 0) continue;
    const top = data[column * size + column]!;
    const length = Math.sqrt(top * top + below);
    const head = top >= 0 ? top + length : top - length;
    const half = (head * head + below) / 2;
    reflect(triangle, block, { column, rows, head, half });
    data[column * size + column] = top >= 0 ? -length : length;
  }
  triangle.rows += rows;
}

/** Applies I - v v' / half, where v is `head` and the block's column, to the columns after it. */
function reflect(
  { size, data }: Triangle,
  block: Float64Array,
  {
    column,
    rows,
    head,
    half,
  }: { readonly column: number; readonly rows: number; readonly head: number; readonly half: number },
): void {
  const sums = new Float64Array(size);
  for (let other = column + 1; other < size; other += 1) sums[other] = head * data[column * size + other]!;
  for (let row = 0; row < rows; row += 1) {
    const part = block[row * size + column]!;
    for (let other = column + 1; other < size; other += 1) sums[other]! += part * block[row * size + other]!;
  }
  for (let other = column + 1; other < size; other += 1) {
    sums[other]! /= half;
    data[column * size + other]! -= head * sums[other]!;
  }
  for (let row = 0; row < rows; row += 1) {
    const part = block[row * size + column]!;
    for (let other = column + 1; other < size; other += 1) block[row * size + other]! -= part * sums[other]!;
    block[row * size + column] = 0;
  }
}

/** A column that the ones before it explain to this share of its length is left out. */
const dependentShare = 1e-9;

/**
 * Weights of the first `columns` columns; 0 for one that follows from those before it.
 *
 * @returns as many weights
 */
export function solveLeading({ size, data }: Triangle, columns: number): Float64Array {
  const weights = new Float64Array(columns);
  for (let row = columns - 1; row >= 0; row -= 1) {
    const pivot = data[row * size + row]!;
    let length = 0;
    for (let above = 0; above <= row; above += 1) length += data[above * size + row]! ** 2;
    if (Math.abs(pivot) <= dependentShare * Math.sqrt(length)) continue;
    let sum = data[row * size + size - 1]!;
    for (let column = row + 1; column < columns; column += 1)
      sum -= data[row * size + column]! * weights[column]!;
    weights[row] = sum / pivot;
  }
  return weights;
}

/** Sum of squares that the first `columns` columns leave of the target. */
export function residualSquares({ size, data }: Triangle, columns: number): number {
  let sum = 0;
  for (let row = columns; row < size; row += 1) sum += data[row * size + size - 1]! ** 2;
  return sum;
}
