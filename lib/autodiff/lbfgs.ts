/** Minimises a smooth function by L-BFGS: few evaluations, no Hessian, a handful of vectors of memory. */
import { setImmediate } from 'node:timers/promises';

/** Writes the gradient at `point` into `gradient` and returns the value there. */
export type Objective = (point: Float64Array, gradient: Float64Array) => Promise<number>;

/** How long to search and whom to tell. */
export interface MinimizeOptions {
  /** Stops when no component of the gradient is larger than this. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** First guess of the inverse curvature: the first step is the negative gradient times this. */
  readonly inverseCurvature: number;
  /** Relative rounding error of the objective's values; a rise below it is not taken for one. */
  readonly valueError: number;
  /** What an earlier search on a like objective learned of the curvature. */
  readonly pairs?: readonly Pair[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each iteration with the part of the way that is done, 0 to 1 and never less than before. */
  readonly onProgress?: ((share: number) => void) | undefined;
  /** Looks at where each iteration has led; ends the search by false. */
  readonly onIteration?: ((reached: Omit<Minimum, 'converged'>) => Promise<boolean>) | undefined;
}

/** Where the search ended. */
export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** False when the iterations ran out before the gradient was small. */
  readonly converged: boolean;
  /** The last steps and how the gradient changed over them, for a search that goes on from here. */
  readonly pairs: readonly Pair[];
}

/** Pairs of steps and gradient changes that are remembered. */
const memory = 10;
/** Wolfe constants: sufficient decrease, and how flat the slope must become (Nocedal & Wright, chapter 3). */
const decrease = 1e-4;
const flatness = 0.9;
const maxTrials = 40;

interface State {
  readonly point: Float64Array;
  readonly gradient: Float64Array;
  readonly value: number;
}

/** A step and the change of the gradient over it. */
export interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** Inner product of the two; positive by the curvature condition. */
  readonly curvature: number;
}

/**
 * Limited-memory BFGS (Nocedal & Wright, algorithm 7.5) with a bisecting weak Wolfe search (Lewis & Overton
 * 2013), which keeps every remembered curvature positive.
 *
 * Gives way to the event loop after every iteration and stops with the signal's reason when it aborts.
 */
export async function minimize(
  objective: Objective,
  start: Float64Array,
  options: MinimizeOptions,
): Promise<Minimum> {
  const { tolerance, maxIterations, inverseCurvature, valueError, signal, onProgress } = options;
  const pairs: Pair[] = [...(options.pairs ?? [])];
  let state = await evaluate(objective, start);
  let iterations = 0;
  let stuck = false;
  let done = 0;
  const distance = (): number => Math.log(largest(state.gradient) / tolerance);
  const wholeDistance = distance();
  while (distance() > 0 && iterations < maxIterations) {
    await setImmediate();
    signal?.throwIfAborted();
    const direction = descentDirection(state.gradient, pairs, inverseCurvature);
    const next = await searchLine(objective, state, { direction, valueError });
    stuck = next === undefined;
    if (next === undefined) break;
    remember(pairs, state, next);
    state = next;
    iterations += 1;
    // The gradient shrinks by about the same factor each time.
    done = Math.min(1, Math.max(done, 1 - distance() / wholeDistance));
    onProgress?.(done);
    const { point, value } = state;
    if ((await options.onIteration?.({ point, value, iterations, pairs })) === false) break;
  }
  // A search that cannot go lower has reached the precision of the objective, which is as good as convergence.
  return { ...state, iterations, converged: stuck || distance() <= 0, pairs };
}

async function evaluate(objective: Objective, point: Float64Array): Promise<State> {
  const gradient = new Float64Array(point.length);
  return { point, gradient, value: await objective(point, gradient) };
}

/** The two-loop recursion: the inverse Hessian estimate times the negative gradient. */
function descentDirection(gradient: Float64Array, pairs: readonly Pair[], scale: number): Float64Array {
  const direction = gradient.map((component) => -component);
  const shares = new Float64Array(pairs.length);
  for (let index = pairs.length - 1; index >= 0; index -= 1) {
    const { step, change, curvature } = pairs[index]!;
    shares[index] = dot(step, direction) / curvature;
    addScaled(direction, -shares[index]!, change);
  }
  const last = pairs.at(-1);
  const factor = last ? last.curvature / dot(last.change, last.change) : scale;
  for (let index = 0; index < direction.length; index += 1) direction[index]! *= factor;
  for (const [index, { step, change, curvature }] of pairs.entries()) {
    addScaled(direction, shares[index]! - dot(change, direction) / curvature, step);
  }
  return direction;
}

/** A point along the direction with enough decrease and a flatter slope; undefined if rounding hides any. */
async function searchLine(
  objective: Objective,
  from: State,
  { direction, valueError }: { readonly direction: Float64Array; readonly valueError: number },
): Promise<State | undefined> {
  const slope = dot(from.gradient, direction);
  if (!(slope < 0)) return undefined;
  const slack = valueError * Math.abs(from.value);
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let length = 1;
  for (let trial = 0; trial < maxTrials; trial += 1) {
    const point = from.point.slice();
    addScaled(point, length, direction);
    const next = await evaluate(objective, point);
    // Written so that an overflow to NaN counts as too far.
    if (!(next.value <= from.value + decrease * length * slope + slack)) high = length;
    else if (dot(next.gradient, direction) < flatness * slope) low = length;
    else return next;
    length = high === Number.POSITIVE_INFINITY ? 2 * length : (low + high) / 2;
  }
  return undefined;
}

function remember(pairs: Pair[], from: State, to: State): void {
  const step = to.point.map((component, index) => component - from.point[index]!);
  const change = to.gradient.map((component, index) => component - from.gradient[index]!);
  const pair = pairOf(step, change);
  if (!(pair.curvature > 0)) return;
  pairs.push(pair);
  if (pairs.length > memory) pairs.shift();
}

/** A pair from its vectors, for example from stored ones. */
export const pairOf = (step: Float64Array, change: Float64Array): Pair => ({
  step,
  change,
  curvature: dot(step, change),
});

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index += 1) sum += left[index]! * right[index]!;
  return sum;
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let index = 0; index < target.length; index += 1) target[index]! += factor * source[index]!;
}

function largest(vector: Float64Array): number {
  let largestSoFar = 0;
  for (const component of vector) largestSoFar = Math.max(largestSoFar, Math.abs(component));
  return largestSoFar;
}
