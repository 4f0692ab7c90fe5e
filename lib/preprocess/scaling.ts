/** Brings numbers to a common scale, with scikit-learn's definitions of the scalers. */
import type { GraphBuilder, Value } from '../onnx/index.ts';
import { meanOf, quantileOf, varianceOf } from './statistics.ts';
import type { Scale } from './types.ts';

/** Mean and standard deviation; smallest value and range; median and interquartile range; or as it is. */
export type ScalingMethod = 'standard' | 'min_max' | 'robust' | 'none';

/** Where one column's zero lies and how long its unit is. */
export interface Spread {
  readonly center: number;
  readonly spread: number;
}

/** A scaled value farther out than this is cut: it keeps its sign and can still be multiplied by a weight. */
const farthest = 1e15;

/** Leaves a column as it is. */
export const unscaled: Spread = { center: 0, spread: 1 };

/** The scale of one column. A column without spread, or without values, gets spread 1, so that it becomes 0. */
export function fitSpread(values: Float64Array, method: ScalingMethod): Spread {
  if (method === 'none' || values.length === 0) return unscaled;
  const { center, spread } = measure(values, method);
  return { center, spread: Math.fround(spread) > 0 ? spread : 1 };
}

function measure(values: Float64Array, method: Exclude<ScalingMethod, 'none'>): Spread {
  if (method === 'standard') {
    const center = meanOf(values);
    const variance = varianceOf(values, center);
    return { center, spread: isRoundingNoise(variance, center, values.length) ? 0 : Math.sqrt(variance) };
  }
  const sorted = values.slice().sort();
  if (method === 'min_max') return { center: sorted[0]!, spread: sorted.at(-1)! - sorted[0]! };
  return { center: quantileOf(sorted, 0.5), spread: quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25) };
}

/** A variance no larger than what rounding makes of equal values; the bound is that of scikit-learn's StandardScaler. */
function isRoundingNoise(variance: number, mean: number, count: number): boolean {
  return variance <= count * Number.EPSILON * variance + (count * mean * Number.EPSILON) ** 2;
}

/** The columns' scales side by side; `null` when no column changes. */
export function joinSpreads(spreads: readonly Spread[]): Scale | null {
  if (spreads.every(({ center, spread }) => center === 0 && spread === 1)) return null;
  return { center: spreads.map(({ center }) => center), spread: spreads.map(({ spread }) => spread) };
}

/**
 * (x - center) / spread on float32 [N, columns].
 *
 * Center and spread are rounded to float32 first. The difference of neighbours is exact, so the result is off by at
 * most half a float32 step of the center, in units of the spread, plus 2^-23 of itself: a large offset costs no
 * precision that the float32 input still had.
 *
 * @param keepMissing lets NaN through; otherwise what is too far out for float32 is cut
 */
export function emitScale(
  builder: GraphBuilder,
  value: Value,
  scale: Scale | null,
  { keepMissing }: { readonly keepMissing: boolean },
): Value {
  if (scale === null) return value;
  const distance = builder.op('Sub', [value, builder.floats(scale.center, undefined, 'center')]);
  const scaled = builder.op('Div', [distance, builder.floats(scale.spread, undefined, 'spread')]);
  if (keepMissing) return scaled;
  return builder.op('Clip', [scaled, builder.floats([-farthest], []), builder.floats([farthest], [])]);
}
