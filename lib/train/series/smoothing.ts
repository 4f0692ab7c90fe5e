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

/** What the parts at the beginning are taken from at most: so many seasons, or values where there is none. */
const [firstSeasons, firstValues] = [5, 10];

/** Values that a beginning needs. */
export const smoothingStart = ({ season }: SmoothingForm): number => (season > 1 ? 2 * season : 3);

/**
 * The parts before the first value (Hyndman et al. 2008, section 2.6.1): the season is what the values have beside a
 * moving average of its length, level and trend are those of the straight line through the values without it. The noise
 * of one season alone would go into every forecast, as each begins at its own window.
 *
 * Every part is a weighted sum of the values, so that a whole forecast is.
 */
export function beginSmoothing(values: ArrayLike<number>, { trend, season }: SmoothingForm): SmoothingState {
  const count =
    season > 1
      ? season * Math.min(firstSeasons, Math.floor(values.length / season))
      : Math.min(firstValues, values.length);
  const seasons = season > 1 ? firstSeason(values, season, count) : new Float64Array(1);
  const middle = (count - 1) / 2;
  let [sum, above, below] = [0, 0, 0];
  for (let step = 0; step < count; step += 1) {
    const value = values[step]! - seasons[step % season]!;
    sum += value;
    above += (step - middle) * value;
    below += (step - middle) ** 2;
  }
  const slope = trend === 'none' || below === 0 ? 0 : above / below;
  return { level: sum / count - slope * (middle + 1), trend: slope, seasons, next: 0 };
}

/** What each phase has beside the moving averages around it, among the first values; the sum of all is 0. */
function firstSeason(values: ArrayLike<number>, season: number, count: number): Float64Array {
  const [sums, counts] = [new Float64Array(season), new Float64Array(season)];
  const half = Math.floor(season / 2);
  // A season of even length has no value in its middle: there it is the mean of two averages, one step apart.
  const shift = season % 2 === 0 ? 1 : 0;
  let first = 0;
  for (let step = 0; step < season; step += 1) first += values[step]!;
  for (let start = 0; start + shift + season <= count; start += 1) {
    const next = first - values[start]! + (values[start + season] ?? 0);
    const average = (first + (shift === 1 ? next : first)) / (2 * season);
    sums[(start + half) % season]! += values[start + half]! - average;
    counts[(start + half) % season]! += 1;
    first = next;
  }
  const found = sums.map((sum, phase) => sum / counts[phase]!);
  const mean = found.reduce((sum, value) => sum + value, 0) / season;
  return found.map((value) => value - mean);
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
