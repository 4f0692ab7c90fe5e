/** Solves (A + shift I) x = b for many shifts, at the price of little more than one. */
import { setImmediate } from 'node:timers/promises';

/** Numbers of a matrix that are changed between two chances for others to work. */
const valuesPerTurn = 20_000_000;

/**
 * Reflections make a symmetric matrix tridiagonal, Q' A Q = T (Golub and Van Loan 2013, section 8.3.1), so that the
 * solution Q (T + shift I)^-1 Q' b takes n^2 steps for each shift instead of n^3 (Eldén 1977).
 *
 * Gives way to the event loop while it works.
 *
 * @param matrix row-major [n, n], symmetric and positive semi-definite
 * @returns the solution by shift; shifts are positive
 */
export async function shiftedSolver(
  matrix: Float64Array,
  right: Float64Array,
  signal?: AbortSignal,
): Promise<(shift: number) => Float64Array> {
  const size = right.length;
  const work = matrix.slice();
  const reflections: Reflection[] = [];
  const offDiagonal = new Float64Array(size);
  let changed = 0;
  for (let step = 0; step + 1 < size; step += 1) {
    const own = work.subarray(step * size + step + 1, (step + 1) * size);
    const reflection = { start: step + 1, ...reflectionOf(own) };
    offDiagonal[step] = reflection.length;
    if (reflection.factor === 0) continue;
    reflections.push(reflection);
    reflectBothSides(work, size, reflection);
    changed += 2 * own.length ** 2;
    if (changed < valuesPerTurn) continue;
    changed = 0;
    await setImmediate();
    signal?.throwIfAborted();
  }
  const diagonal = Float64Array.from({ length: size }, (_, at) => work[at * size + at]!);
  const rotated = right.slice();
  for (const reflection of reflections) reflect(rotated, reflection);
  const backwards = reflections.toReversed();
  return (shift) => {
    const solution = solveTridiagonal(diagonal, offDiagonal, { shift, right: rotated });
    for (const reflection of backwards) reflect(solution, reflection);
    return solution;
  };
}

/** I - factor v v', from the place `start` on. */
interface Reflection {
  readonly start: number;
  readonly v: Float64Array;
  /** 0 where nothing has to be done. */
  readonly factor: number;
}

/** Brings a vector to (length, 0, 0, ...). */
function reflectionOf(vector: Float64Array): Omit<Reflection, 'start'> & { readonly length: number } {
  const v = vector.slice();
  const [first = 0] = v;
  let rest = 0;
  for (let at = 1; at < v.length; at += 1) rest += v[at]! * v[at]!;
  if (rest === 0) return { v, factor: 0, length: first };
  // Away from the first component, so that nothing cancels.
  const length = first > 0 ? -Math.sqrt(first * first + rest) : Math.sqrt(first * first + rest);
  v[0] = first - length;
  return { v, factor: 2 / (v[0] * v[0] + rest), length };
}

/** The block from `start` on becomes H A H: A - v w' - w v' with w = p - (factor p'v / 2) v and p = factor A v. */
function reflectBothSides(matrix: Float64Array, size: number, { start, v, factor }: Reflection): void {
  const count = v.length;
  const w = new Float64Array(count);
  let product = 0;
  for (let row = 0; row < count; row += 1) {
    const from = (start + row) * size + start;
    let sum = 0;
    for (let column = 0; column < count; column += 1) sum += matrix[from + column]! * v[column]!;
    w[row] = factor * sum;
    product += w[row]! * v[row]!;
  }
  const share = (factor * product) / 2;
  for (let row = 0; row < count; row += 1) w[row]! -= share * v[row]!;
  for (let row = 0; row < count; row += 1) {
    const from = (start + row) * size + start;
    const [left, right] = [v[row]!, w[row]!];
    for (let column = 0; column < count; column += 1) {
      matrix[from + column]! -= left * w[column]! + right * v[column]!;
    }
  }
}

function reflect(vector: Float64Array, { start, v, factor }: Reflection): void {
  let product = 0;
  for (let at = 0; at < v.length; at += 1) product += v[at]! * vector[start + at]!;
  const share = factor * product;
  for (let at = 0; at < v.length; at += 1) vector[start + at]! -= share * v[at]!;
}

/** By L D L', which needs no pivots as the matrix is positive definite. */
function solveTridiagonal(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  { shift, right }: { readonly shift: number; readonly right: Float64Array },
): Float64Array {
  const size = right.length;
  const solution = right.slice();
  const pivots = new Float64Array(size);
  for (let at = 0; at < size; at += 1) {
    pivots[at] = diagonal[at]! + shift;
    if (at === 0) continue;
    const share = offDiagonal[at - 1]! / pivots[at - 1]!;
    pivots[at]! -= share * offDiagonal[at - 1]!;
    solution[at]! -= share * solution[at - 1]!;
  }
  for (let at = size - 1; at >= 0; at -= 1) {
    const next = at + 1 < size ? offDiagonal[at]! * solution[at + 1]! : 0;
    solution[at] = (solution[at]! - next) / pivots[at]!;
  }
  return solution;
}
