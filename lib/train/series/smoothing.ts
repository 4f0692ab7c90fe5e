/** The recursions of exponential smoothing: level, trend and season, all additive. */

/** Which parts there are. */
export interface SmoothingForm {
  readonly trend: 'none' | 'additive' | 'damped';
  /** Steps of a season; 1 for none. */
  readonly season: number;
}

/** How fast the parts follow: each between 0 and 1. */
export interface SmoothingWeights {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
  /** What is left of the trend at each further step; 1 if it is not damped. */
  readonly damping: number;
}

/** The parts as they are before some value; `seasons[0]` belongs to that value. */
export interface SmoothingState {
  level: number;
  trend: number;
  readonly seasons: Float64Array;
  /** Place of the next value's season. */
  next: number;
}

/** Values that the parts at the beginning are taken from at most where there is no season. */
const firstValues = 10;

/** Values that a beginning needs. */
export const smoothingStart = ({ season }: SmoothingForm): number => (season > 1 ? 2 * season : 3);

/**
 * The parts before the first value, from the first two seasons: their means give level and trend, and what the first one
 * has beside them the season (Hyndman and Athanasopoulos, "Forecasting", second edition, section 7.3). Without a season
 * they are those of the straight line through the first values.
 *
 * Every part is a weighted sum of the values, so that a whole forecast is.
 */
export function beginSmoothing(values: ArrayLike<number>, { trend, season }: SmoothingForm): SmoothingState {
  const count = season > 1 ? season : Math.min(firstValues, values.length);
  const mean = meanOf(values, 0, count);
  const slope = trend === 'none' ? 0 : slopeOf(values, season, count);
  const middle = (count - 1) / 2;
  const seasons = new Float64Array(season);
  if (season > 1) {
    for (let step = 0; step < season; step += 1)
      seasons[step] = values[step]! - mean - slope * (step - middle);
  }
  return { level: mean - slope * (middle + 1), trend: slope, seasons, next: 0 };
}

function slopeOf(values: ArrayLike<number>, season: number, count: number): number {
  if (season > 1) return (meanOf(values, season, 2 * season) - meanOf(values, 0, season)) / season;
  const mean = meanOf(values, 0, count);
  let [above, below] = [0, 0];
  for (let step = 0; step < count; step += 1) {
    above += (step - (count - 1) / 2) * (values[step]! - mean);
    below += (step - (count - 1) / 2) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

function meanOf(values: ArrayLike<number>, start: number, end: number): number {
  let sum = 0;
  for (let index = start; index < end; index += 1) sum += values[index]!;
  return sum / (end - start);
}

/** What is expected `steps` steps after the last value; the first one is 1. */
export function expected(
  { level, trend, seasons, next }: SmoothingState,
  damping: number,
  steps: number,
): number {
  const reach = damping === 1 ? steps : (damping * (1 - damping ** steps)) / (1 - damping);
  return level + reach * trend + seasons[(next + steps - 1) % seasons.length]!;
}

/**
 * Takes a value in (the error correction form, Hyndman et al. 2008, table 2.3).
 *
 * @returns by how much it was above what was expected
 */
export function follow(state: SmoothingState, value: number, weights: SmoothingWeights): number {
  const error = value - expected(state, weights.damping, 1);
  const trend = weights.damping * state.trend;
  state.level += trend + weights.level * error;
  state.trend = trend + weights.trend * error;
  state.seasons[state.next]! += weights.season * error;
  state.next = (state.next + 1) % state.seasons.length;
  return error;
}
