/** Descriptive statistics of one numeric column. */

/** Quantiles kept in a profile. */
export const profileQuantiles = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1] as const;

/** Number of bins of a profile's histogram. */
export const histogramBins = 20;

/** What is kept of a numeric column. */
export interface NumericSummary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Sample standard deviation (n - 1); `null` for a single value. */
  readonly std: number | null;
  /** In the order of `profileQuantiles`. */
  readonly quantiles: readonly number[];
  /** Counts in bins of equal width from min to max, both included. */
  readonly histogram: readonly number[];
}

/** Summary of the numbers that are not NaN, and how many differ; `summary` is `null` when there is none. */
export function summarise(values: Float64Array): { distinct: number; summary: NumericSummary | null } {
  // Typed arrays sort NaN last.
  const sorted = values.toSorted();
  let count = sorted.length;
  while (count > 0 && Number.isNaN(sorted[count - 1])) count -= 1;
  const present = sorted.subarray(0, count);
  if (count === 0) return { distinct: 0, summary: null };
  const mean = meanOf(present);
  return {
    distinct: countDistinct(present),
    summary: {
      min: present[0] as number,
      max: present[count - 1] as number,
      mean,
      std: standardDeviation(present, mean),
      quantiles: profileQuantiles.map((share) => quantile(present, share)),
      histogram: histogram(present),
    },
  };
}

/** Linear interpolation between the two nearest order statistics (type 7 of Hyndman and Fan 1996). */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  // From the nearer side, as NumPy does: exact at both ends.
  const fraction = place - below;
  if (!Number.isFinite(high - low)) return low * (1 - fraction) + high * fraction;
  return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction);
}

/** Scaled by the count first when the plain sum would overflow. */
function meanOf(values: Float64Array): number {
  const sum = exactSum(values);
  if (Number.isFinite(sum)) return sum / values.length;
  return exactSum(values.map((value) => value / values.length));
}

/** Compensated summation (Neumaier 1974): the error does not grow with the number of values. */
function exactSum(values: Float64Array): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const total = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** `null` for a single value, and where the squares overflow. */
function standardDeviation(values: Float64Array, mean: number): number | null {
  if (values.length < 2) return null;
  const squares = exactSum(values.map((value) => (value - mean) ** 2));
  const deviation = Math.sqrt(squares / (values.length - 1));
  return Number.isFinite(deviation) ? deviation : null;
}

function countDistinct(sorted: Float64Array): number {
  let distinct = 1;
  for (let index = 1; index < sorted.length; index += 1) {
    if (sorted[index] !== sorted[index - 1]) distinct += 1;
  }
  return distinct;
}

/** As NumPy does it: a bin takes its lower edge, the last one both; the edges decide, not the rounded division. */
function histogram(sorted: Float64Array): readonly number[] {
  const counts = new Array<number>(histogramBins).fill(0);
  const low = sorted[0] as number;
  const range = (sorted[sorted.length - 1] as number) - low;
  // Bins do not depend on the scale; halves keep the range of the largest doubles finite.
  if (!Number.isFinite(range)) return histogram(sorted.map((value) => value / 2));
  const edge = (bin: number): number => low + bin * (range / histogramBins);
  for (const value of sorted) {
    const share = range === 0 ? 0 : (value - low) / range;
    let bin = Math.min(histogramBins - 1, Math.floor(share * histogramBins));
    if (value < edge(bin)) bin -= 1;
    else if (bin < histogramBins - 1 && range > 0 && value >= edge(bin + 1)) bin += 1;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts;
}
