/** Linear support vector machines by coordinate descent on the dual problem, one row after the other: for many columns. */
import { setImmediate } from 'node:timers/promises';
import { createRandom, type Matrix } from '../../core/index.ts';
import { shrink } from '../linear/index.ts';
import type { LinearProblem, Plane } from './types.ts';

/** The machine that is sought, and how long. */
export interface DualDescentOptions extends LinearProblem {
  readonly maxSweeps: number;
  readonly seed: number;
}

/**
 * Minimises |w|^2 / 2 + C sum(errors), the constant's weight being part of w, as LIBLINEAR and scikit-learn's `LinearSVC`
 * and `LinearSVR` do (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008; Ho and Lin 2012). Gives way to the event loop
 * after every sweep.
 *
 * @param y -1 or 1, or values; one a row
 * @returns the weights; those where the sweeps ran out if they did
 */
export async function descendDual(x: Matrix, y: Float64Array, options: DualDescentOptions): Promise<Plane> {
  const { maxSweeps, tolerance, seed, signal } = options;
  const problem = prepare(x, y, options);
  const random = createRandom(seed);
  const order = Uint32Array.from({ length: x.rows }, (_, row) => row);
  for (let sweep = 0; sweep < maxSweeps; sweep += 1) {
    await setImmediate();
    signal?.throwIfAborted();
    random.shuffle(order);
    let violation = 0;
    for (const row of order) violation = Math.max(violation, improve(problem, row));
    if (violation <= tolerance) break;
  }
  return problem.plane;
}

interface Problem {
  readonly x: Matrix;
  readonly y: Float64Array;
  readonly kind: 'classes' | 'values';
  readonly epsilon: number;
  /** One a row; in [lowest, highest]. */
  readonly multipliers: Float64Array;
  readonly highest: (row: number) => number;
  /** What squared errors add to the curvature. */
  readonly softness: (row: number) => number;
  /** Squares of the rows, with the constant. */
  readonly squares: Float64Array;
  readonly plane: Plane;
}

function prepare(
  x: Matrix,
  y: Float64Array,
  { C, squared, epsilon, kind, weights }: DualDescentOptions,
): Problem {
  const { rows, columns, data } = x;
  const costOf = (row: number): number => C * (weights?.[row] ?? 1);
  const squares = new Float64Array(rows).fill(1);
  for (let at = 0; at < data.length; at += 1) squares[Math.floor(at / columns)]! += data[at]! * data[at]!;
  return {
    ...{ x, y, kind, epsilon, squares },
    multipliers: new Float64Array(rows),
    highest: (row) => (squared && costOf(row) > 0 ? Number.POSITIVE_INFINITY : costOf(row)),
    softness: (row) => (squared ? 1 / (2 * costOf(row)) : 0),
    plane: new Float64Array(columns + 1),
  };
}

/** The best multiplier of one row with all others as they are; gives how far it was from optimal. */
function improve(problem: Problem, row: number): number {
  const { x, y, kind, epsilon, multipliers, plane } = problem;
  const highest = problem.highest(row);
  if (highest === 0) return 0;
  const { columns, data } = x;
  const start = row * columns;
  let decision = plane[columns]!;
  for (let column = 0; column < columns; column += 1) decision += plane[column]! * data[start + column]!;
  const old = multipliers[row]!;
  const curvature = problem.squares[row]! + problem.softness(row);
  // For classes the multiplier carries the sign of y, so that both kinds move the plane alike.
  const slope = decision - y[row]! + problem.softness(row) * old;
  const [low, high] = kind === 'values' ? [-highest, highest] : y[row]! > 0 ? [0, highest] : [-highest, 0];
  const free = shrink(old * curvature - slope, epsilon) / curvature;
  const next = Math.min(high, Math.max(low, free));
  const by = next - old;
  if (by === 0) return 0;
  multipliers[row] = next;
  for (let column = 0; column < columns; column += 1) plane[column]! += by * data[start + column]!;
  plane[columns]! += by;
  return Math.abs(by) * curvature;
}
