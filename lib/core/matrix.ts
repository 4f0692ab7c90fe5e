/** The dense number table that learners take: what preprocessing made of the raw columns. */

/** Row-major float32 matrix, `data[row * columns + column]`. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/**
 * The given rows of a matrix, copied in the given order.
 *
 * @param rows row numbers, repeats allowed; each in [0, matrix.rows)
 */
export function takeRows(matrix: Matrix, rows: ArrayLike<number>): Matrix {
  const { columns } = matrix;
  const data = new Float32Array(rows.length * columns);
  for (let index = 0; index < rows.length; index += 1) {
    const start = (rows[index] as number) * columns;
    data.set(matrix.data.subarray(start, start + columns), index * columns);
  }
  return { rows: rows.length, columns, data };
}

/** The numbers of several arrays, one array after the other. */
export function joinFloats(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    joined.set(part, start);
    start += part.length;
  }
  return joined;
}
