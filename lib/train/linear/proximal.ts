/** Minimises a smooth function plus an l1 penalty: accelerated proximal gradient steps. */

import { setImmediate } from 'node:timers/promises';
import type { MinimizeOptions, Minimum, Objective } from '../../autodiff/index.ts';
import { shrink } from './coordinate-descent.ts';

/** Doublings of the curvature in one step; more would only chase rounding errors. */
const maxDoublings = 30;
/** The curvature is allowed to fall again, as it differs from place to place. */
const curvatureDecay = 0.9;

/**
 * FISTA (Beck and Teboulle 2009) with a backtracked step, and with the momentum given up whenever it points uphill
 * (O'Donoghue and Candes 2015).
 *
 * @param smooth value and gradient of the part without the penalty
 * @param penalties factor of |point_i| for each component; 0 for those that are free
 */
export async function minimizeWithL1(
  smooth: Objective,
  penalties: Float64Array,
  start: Float64Array,
  options: Omit<MinimizeOptions, 'pairs'>,
): Promise<Minimum> {
  const { tolerance, maxIterations, inverseCurvature, valueError, signal, onProgress } = options;
  const gradient = new Float64Array(start.length);
  const unused = new Float64Array(start.length);
  let point = start;
  let ahead = start;
  let momentum = 1;
  let curvature = 1 / inverseCurvature;
  let firstLength: number | undefined;
  let iterations = 0;
  let converged = false;
  while (!converged && iterations < maxIterations) {
    await setImmediate();
    signal?.throwIfAborted();
    const value = await smooth(ahead, gradient);
    curvature *= curvatureDecay;
    let next = step(ahead, gradient, { curvature, penalties });
    for (let trial = 0; trial < maxDoublings; trial += 1) {
      const bound = value + quadratic(ahead, next, gradient, curvature) + valueError * Math.abs(value);
      if ((await smooth(next, unused)) <= bound) break;
      curvature *= 2;
      next = step(ahead, gradient, { curvature, penalties });
    }
    const moved = largestMove(ahead, next) * curvature;
    firstLength ??= Math.max(moved, tolerance);
    converged = moved <= tolerance;
    iterations += 1;
    const uphill = alignment(ahead, next, point) > 0;
    const nextMomentum = uphill ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const factor = uphill ? 0 : (momentum - 1) / nextMomentum;
    const previous = point;
    ahead = next.map((value, index) => value + factor * (value - previous[index]!));
    [point, momentum] = [next, nextMomentum];
    if (firstLength > tolerance) {
      onProgress?.(
        Math.min(1, Math.max(0, 1 - Math.log(moved / tolerance) / Math.log(firstLength / tolerance))),
      );
    }
  }
  return { point, value: await smooth(point, unused), iterations, converged, pairs: [] };
}

/** The minimum of the quadratic model plus the penalty: a gradient step, then the soft threshold. */
function step(
  from: Float64Array,
  gradient: Float64Array,
  { curvature, penalties }: { readonly curvature: number; readonly penalties: Float64Array },
): Float64Array {
  return from.map((value, index) => {
    return shrink(value - gradient[index]! / curvature, penalties[index]! / curvature);
  });
}

/** What the quadratic model adds to the value at `from`. */
function quadratic(from: Float64Array, to: Float64Array, gradient: Float64Array, curvature: number): number {
  let sum = 0;
  for (let index = 0; index < from.length; index += 1) {
    const by = to[index]! - from[index]!;
    sum += by * (gradient[index]! + (curvature * by) / 2);
  }
  return sum;
}

function largestMove(from: Float64Array, to: Float64Array): number {
  return from.reduce((largest, value, index) => Math.max(largest, Math.abs(to[index]! - value)), 0);
}

/** Positive when the last move and the step just taken point apart. */
function alignment(ahead: Float64Array, next: Float64Array, point: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < ahead.length; index += 1) {
    sum += (ahead[index]! - next[index]!) * (next[index]! - point[index]!);
  }
  return sum;
}
