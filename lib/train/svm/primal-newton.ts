/** Linear support vector machines by Newton's method on the primal problem: for many rows of few columns. */
import { setImmediate } from 'node:timers/promises';
import type { Matrix } from '../../core/index.ts';
import { solveLeastSquares } from '../linear/index.ts';
import type { LinearProblem, Plane } from './types.ts';

/**
 * Widths of the part in which an error's size is rounded off to a parabola, one after the other. At the last one the
 * objective differs from the sharp one by less than a hundred thousandth of the width for each row within it.
 */
const widths = [1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5];
const maxSteps = 50;
const maxHalvings = 40;
const sufficientDecrease = 1e-4;

/** How an error counts. */
interface Loss {
  /** Errors below this do not count. */
  readonly epsilon: number;
  /** Of the rounded part; 0 where errors count by their square. */
  readonly width: number;
}

/**
 * Minimises |w|^2 / 2 + C sum(errors), the constant's weight being part of w, as `descendDual` does. Errors that count by
 * their size are rounded off ever less (Chapelle 2007, "Training a support vector machine in the primal"); of those
 * that count by their square the second derivatives are the rows' own (Keerthi and DeCoste 2005).
 *
 * Gives way to the event loop after every step.
 */
export async function solvePrimal(x: Matrix, y: Float64Array, problem: LinearProblem): Promise<Plane> {
  let plane: Plane = new Float64Array(x.columns + 1);
  for (const width of problem.squared ? [0] : widths) {
    // The rounded parts of errors to either side must not overlap.
    const loss = { width, epsilon: Math.max(problem.epsilon, problem.kind === 'values' ? width / 2 : 0) };
    plane = await minimizeLoss({ ...problem, x, y, loss }, plane);
  }
  return plane;
}

interface Rows extends LinearProblem {
  readonly x: Matrix;
  readonly y: Float64Array;
  readonly loss: Loss;
}

async function minimizeLoss(rows: Rows, start: Plane): Promise<Plane> {
  let plane = start;
  for (let step = 0; step < maxSteps; step += 1) {
    await setImmediate();
    rows.signal?.throwIfAborted();
    const { value, gradient, curvature } = expand(rows, plane);
    const direction = solveLeastSquares(
      curvature,
      gradient.map((slope) => -slope),
    );
    const slope = gradient.reduce((sum, component, at) => sum + component * direction[at]!, 0);
    // Half of it is what the objective can still fall by.
    if (-slope <= rows.tolerance * 1e-4 * value) break;
    const next = searchLine(rows, plane, { direction, slope, value });
    if (!next) break;
    plane = next;
  }
  return plane;
}

function searchLine(
  rows: Rows,
  plane: Plane,
  { direction, slope, value }: { readonly direction: Plane; readonly slope: number; readonly value: number },
): Plane | undefined {
  let length = 1;
  for (let halving = 0; halving < maxHalvings; halving += 1) {
    const trial = plane.map((weight, at) => weight + length * direction[at]!);
    if (objectiveOf(rows, trial) <= value + sufficientDecrease * length * slope) return trial;
    length /= 2;
  }
  return undefined;
}

function objectiveOf(rows: Rows, plane: Plane): number {
  let sum = plane.reduce((squares, weight) => squares + weight * weight, 0) / 2;
  eachError(rows, plane, (_row, error, cost) => {
    sum += cost * lossOf(error, rows.loss)[0];
  });
  return sum;
}

interface Expansion {
  readonly value: number;
  readonly gradient: Float64Array;
  /** Row-major, symmetric. */
  readonly curvature: Float64Array;
}

/** Value, gradient and second derivatives of the objective. */
function expand(rows: Rows, plane: Plane): Expansion {
  const { columns, data } = rows.x;
  const size = columns + 1;
  const gradient = plane.slice();
  const curvature = new Float64Array(size * size);
  const own = new Float64Array(size).fill(1);
  let value = plane.reduce((squares, weight) => squares + weight * weight, 0) / 2;
  eachError(rows, plane, (row, error, cost, sign) => {
    const [loss, slope, bend] = lossOf(error, rows.loss);
    value += cost * loss;
    if (slope === 0) return;
    own.set(data.subarray(row * columns, (row + 1) * columns));
    for (let at = 0; at < size; at += 1) gradient[at]! -= cost * slope * sign * own[at]!;
    if (bend === 0) return;
    for (let at = 0; at < size; at += 1) {
      const factor = cost * bend * own[at]!;
      for (let other = 0; other <= at; other += 1) curvature[at * size + other]! += factor * own[other]!;
    }
  });
  for (let at = 0; at < size; at += 1) {
    curvature[at * size + at]! += 1;
    for (let other = 0; other < at; other += 1) curvature[other * size + at] = curvature[at * size + other]!;
  }
  return { value, gradient, curvature };
}

/** Visits each row that has a weight; `sign` is where the decision should go. */
function eachError(
  { x, y, kind, C, weights, loss }: Rows,
  plane: Plane,
  visit: (row: number, error: number, cost: number, sign: number) => void,
): void {
  const { rows, columns, data } = x;
  for (let row = 0; row < rows; row += 1) {
    const cost = C * (weights?.[row] ?? 1);
    if (cost === 0) continue;
    let decision = plane[columns]!;
    for (let column = 0, at = row * columns; column < columns; column += 1, at += 1) {
      decision += plane[column]! * data[at]!;
    }
    const target = y[row]!;
    if (kind === 'classes') visit(row, 1 - target * decision, cost, target);
    else visit(row, Math.abs(target - decision) - loss.epsilon, cost, target < decision ? -1 : 1);
  }
}

/** The loss of an error with its first and second derivative. */
function lossOf(error: number, { width }: Loss): readonly [value: number, slope: number, bend: number] {
  if (width === 0) return error > 0 ? [error * error, 2 * error, 2] : nothing;
  const into = error + width / 2;
  if (into <= 0) return nothing;
  return into < width ? [(into * into) / (2 * width), into / width, 1 / width] : [error, 1, 0];
}

const nothing = [0, 0, 0] as const;
