/** Sequential minimal optimisation: solves the dual problem of a kernel machine, two multipliers at a time. */
import { setImmediate } from 'node:timers/promises';

/** Minimise a' Q a / 2 + p' a with Q_st = y_s y_t K(s, t), y' a = 0 and 0 <= a_t <= C_t. */
export interface SmoProblem {
  /** -1 or 1, one a multiplier. */
  readonly signs: Int8Array;
  readonly linear: Float64Array;
  readonly costs: Float64Array;
  /** K(t, t), one a multiplier. */
  readonly diagonal: Float64Array;
  /** K(t, s) for all s; may be kept by the caller, as few of them are asked for again and again. */
  readonly kernelRow: (multiplier: number) => Float32Array;
  /** The entry of a kernel row that belongs to a multiplier. */
  readonly places: Int32Array;
}

/** Where the search ends. */
export interface SmoOptions {
  /** Largest violation of the optimality conditions. */
  readonly tolerance: number;
  readonly signal?: AbortSignal | undefined;
}

/** The multipliers, and the intercept: f(x) = sum(y a K(., x)) + intercept. */
export interface SmoSolution {
  readonly multipliers: Float64Array;
  readonly intercept: number;
}

/** Stands for a curvature that rounding has made zero or less, as LIBSVM does. */
const leastCurvature = 1e-12;
/** Steps for each multiplier at most; what is left then is rounding. */
const stepsPerMultiplier = 100;
const leastSteps = 1_000_000;
/** Steps between two chances for others to work. */
const stepsPerTurn = 200;

/**
 * Working sets by second-order information (Fan, Chen and Lin 2005, "Working set selection using second order
 * information", WSS 2), the method of LIBSVM, without its shrinking.
 */
export async function solveSmo(problem: SmoProblem, { tolerance, signal }: SmoOptions): Promise<SmoSolution> {
  const { signs, costs, linear } = problem;
  const count = signs.length;
  const multipliers = new Float64Array(count);
  // For each multiplier, minus its sign times the slope of the objective: how much it wants to rise along y.
  const urges = Float64Array.from(linear, (slope, at) => -signs[at]! * slope);
  const canRise = (at: number): boolean =>
    signs[at]! > 0 ? multipliers[at]! < costs[at]! : multipliers[at]! > 0;
  const canFall = (at: number): boolean =>
    signs[at]! > 0 ? multipliers[at]! > 0 : multipliers[at]! < costs[at]!;
  const limit = Math.max(leastSteps, stepsPerMultiplier * count);
  for (let step = 0; step < limit; step += 1) {
    if (step % stepsPerTurn === 0) {
      await setImmediate();
      signal?.throwIfAborted();
    }
    const rising = extreme(urges, canRise, 1);
    if (rising < 0) break;
    const row = problem.kernelRow(rising);
    const falling = partnerOf(problem, { urges, rising, row, canFall, tolerance });
    if (falling < 0) break;
    move(problem, { multipliers, urges, rising, falling, row });
  }
  return { multipliers, intercept: interceptOf(urges, { canRise, canFall }) };
}

/** The multiplier with the largest (direction 1) or smallest (-1) urge among those allowed; -1 if there is none. */
function extreme(urges: Float64Array, allowed: (at: number) => boolean, direction: 1 | -1): number {
  let best = -1;
  for (let at = 0; at < urges.length; at += 1) {
    if (allowed(at) && (best < 0 || direction * (urges[at]! - urges[best]!) > 0)) best = at;
  }
  return best;
}

interface Search {
  readonly urges: Float64Array;
  readonly rising: number;
  /** Kernel row of the one that rises. */
  readonly row: Float32Array;
  readonly canFall: (at: number) => boolean;
  readonly tolerance: number;
}

/** The one that falls while the other rises: the pair that lowers the objective most; -1 where all is optimal. */
function partnerOf(
  { diagonal, places }: SmoProblem,
  { urges, rising, row, canFall, tolerance }: Search,
): number {
  let best = -1;
  let largestGain = 0;
  let largestGap = 0;
  for (let at = 0; at < urges.length; at += 1) {
    const gap = urges[rising]! - urges[at]!;
    if (gap <= 0 || !canFall(at)) continue;
    largestGap = Math.max(largestGap, gap);
    const curvature = Math.max(leastCurvature, diagonal[rising]! + diagonal[at]! - 2 * row[places[at]!]!);
    const gain = (gap * gap) / curvature;
    if (gain <= largestGain) continue;
    largestGain = gain;
    best = at;
  }
  return largestGap < tolerance ? -1 : best;
}

interface Move {
  readonly multipliers: Float64Array;
  readonly urges: Float64Array;
  readonly rising: number;
  readonly falling: number;
  readonly row: Float32Array;
}

/** Shifts weight along y from one to the other, as far as it helps and the bounds allow. */
function move(problem: SmoProblem, { multipliers, urges, rising, falling, row }: Move): void {
  const { signs, costs, diagonal, places } = problem;
  const other = problem.kernelRow(falling);
  const curvature = Math.max(
    leastCurvature,
    diagonal[rising]! + diagonal[falling]! - 2 * row[places[falling]!]!,
  );
  const room = (at: number, up: boolean): number => (up ? costs[at]! - multipliers[at]! : multipliers[at]!);
  const rises = signs[rising]! > 0;
  const falls = signs[falling]! < 0;
  const wanted = (urges[rising]! - urges[falling]!) / curvature;
  const by = Math.min(wanted, room(rising, rises), room(falling, falls));
  multipliers[rising] = shifted(multipliers[rising]!, rises ? by : -by, costs[rising]!);
  multipliers[falling] = shifted(multipliers[falling]!, falls ? by : -by, costs[falling]!);
  for (let at = 0; at < urges.length; at += 1) urges[at]! -= by * (row[places[at]!]! - other[places[at]!]!);
}

/** A multiplier that comes to a bound is exactly there: rounding would let it be chosen for ever. */
function shifted(value: number, by: number, cost: number): number {
  const next = value + by;
  if (next <= cost * 1e-14) return 0;
  return next >= cost * (1 - 1e-14) ? cost : next;
}

interface Bounds {
  readonly canRise: (at: number) => boolean;
  readonly canFall: (at: number) => boolean;
}

/** The mean urge of those between their bounds, or the middle of what the bounds allow. */
function interceptOf(urges: Float64Array, { canRise, canFall }: Bounds): number {
  let [sum, free] = [0, 0];
  for (let at = 0; at < urges.length; at += 1) {
    if (!canRise(at) || !canFall(at)) continue;
    sum += urges[at]!;
    free += 1;
  }
  if (free > 0) return sum / free;
  const [highest, lowest] = [extreme(urges, canRise, 1), extreme(urges, canFall, -1)];
  return ((urges[highest] ?? 0) + (urges[lowest] ?? 0)) / 2;
}
