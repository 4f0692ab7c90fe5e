/** Quantiles from errors: how far outcomes have lain from a learner's forecasts where it had not seen them. */

/** What errors are measured in: the unit of the values, the window's mean size, or the error that the learner expects. */
export type ErrorUnit = 'value' | 'window_size' | 'expected_error';

/** How far outcomes lie from forecasts, by level and step. */
export interface QuantileOffsets {
  readonly unit: ErrorUnit;
  /** Ascending. */
  readonly levels: readonly number[];
  /** From the learner's own quantile, if it learns some, or else from its forecast; [levels, horizon]. */
  readonly offsets: Float64Array;
}

/** Errors at many origins. */
export interface ForecastErrors {
  readonly horizon: number;
  /** Ascending, each between 0 and 1. */
  readonly levels: readonly number[];
  readonly unit: ErrorUnit;
  /** How large the unit is; [origins, horizon]. */
  readonly units: Float64Array;
  /**
   * Outcome minus what the learner says of the level, its forecast if it learns no quantiles, in units;
   * [origins, levels, horizon].
   */
  readonly errors: Float64Array;
}

/** With fewer errors of a step those of its neighbours are taken too. */
const enough = 60;

/**
 * For each level and step that quantile of the errors: a forecast plus these holds outcomes as often as it did, whatever
 * the shape of their distribution (split conformal prediction, Lei et al. 2018, with n + 1 in place of n for few errors;
 * of quantiles that are learnt, Romano et al. 2019, each side by itself).
 */
export function conformalOffsets(errors: ForecastErrors): QuantileOffsets {
  const { horizon, levels, unit } = errors;
  const origins = errors.errors.length / (levels.length * horizon);
  const reach = Math.min(horizon, Math.max(0, Math.ceil((enough / Math.max(1, origins) - 1) / 2)));
  const offsets = new Float64Array(levels.length * horizon);
  for (const [index, level] of levels.entries()) {
    for (let step = 0; step < horizon; step += 1) {
      const sample = sampleOf(errors, { index, step, reach });
      offsets[index * horizon + step] = conformalQuantile(sample, level);
    }
  }
  return { unit, levels, offsets };
}

/**
 * The offsets with the smaller quantile loss, of the same errors in several units: where noise is more at some hours than
 * at others, the expected error as unit is better (locally weighted conformal prediction, Lei et al. 2018, section 5.2).
 */
export function bestOffsets(candidates: readonly ForecastErrors[]): QuantileOffsets {
  const tried = candidates.map((errors) => {
    const offsets = conformalOffsets(errors);
    return { offsets, loss: quantileLoss(errors, offsets) };
  });
  return tried.reduce((best, next) => (next.loss < best.loss ? next : best)).offsets;
}

/** The sum over all origins, levels and steps. */
function quantileLoss(
  { horizon, levels, units, errors }: ForecastErrors,
  { offsets }: QuantileOffsets,
): number {
  let sum = 0;
  for (let place = 0; place < errors.length; place += 1) {
    const row = Math.floor(place / horizon);
    const step = place - row * horizon;
    const origin = Math.floor(row / levels.length);
    const level = row - origin * levels.length;
    const above = units[origin * horizon + step]! * (errors[place]! - offsets[level * horizon + step]!);
    sum += above >= 0 ? levels[level]! * above : (levels[level]! - 1) * above;
  }
  return sum;
}

function sampleOf(
  { horizon, levels, errors }: ForecastErrors,
  { index, step, reach }: { readonly index: number; readonly step: number; readonly reach: number },
): Float64Array {
  const [first, last] = [Math.max(0, step - reach), Math.min(horizon - 1, step + reach)];
  const origins = errors.length / (levels.length * horizon);
  const sample = new Float64Array(origins * (last - first + 1));
  let place = 0;
  for (let origin = 0; origin < origins; origin += 1) {
    const from = (origin * levels.length + index) * horizon;
    for (let near = first; near <= last; near += 1) sample[place++] = errors[from + near]!;
  }
  return sample.sort();
}

/** The (n + 1) p th smallest, interpolated, moved outwards to the nearest that exists. */
function conformalQuantile(sorted: Float64Array, level: number): number {
  const position = Math.min(sorted.length - 1, Math.max(0, level * (sorted.length + 1) - 1));
  const [below, above] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!];
  return below + (above - below) * (position - Math.floor(position));
}
