/** How far a metric could be off by the luck of which rows were seen: the percentile bootstrap. */
import { createRandom } from '../core/index.ts';
import type { MetricName } from './metrics.ts';

/** Metrics by name; one that is undefined for these rows is null or absent. */
export type Scores = Readonly<Partial<Record<MetricName, number | null>>>;

/** Rows that belong together (a fold, or all), and their metrics for how often each row counts (once if left out). */
export interface Part {
  readonly rows: number;
  readonly score: (counts?: Float64Array) => Scores;
}

/** A value and the interval that holds 95 % of its resamples. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How the resamples are drawn. */
export interface BootstrapOptions {
  readonly seed: number;
  /** How many; 300 by default, at which the ends of the interval wobble by about a tenth of its width. */
  readonly resamples?: number | undefined;
}

const defaultResamples = 300;
/** Ends of a 95 % interval. */
const tails = [0.025, 0.975] as const;

/** The metrics of all rows: the mean over the parts in which a metric is defined. */
export function meanScores(parts: readonly Part[]): Map<MetricName, number> {
  return average(parts.map(({ score }) => score()));
}

/**
 * 95 % percentile intervals (Efron & Tibshirani 1993, chapter 13) of every metric that is defined.
 *
 * Rows are drawn with replacement within each part, as many as it has, without regard to their class; a metric that
 * a resample leaves undefined (AUC of one class) sits that resample out.
 */
export function bootstrapIntervals(
  parts: readonly Part[],
  { seed, resamples = defaultResamples }: BootstrapOptions,
): Map<MetricName, Interval> {
  const values = meanScores(parts);
  const drawn = new Map([...values.keys()].map((name) => [name, [] as number[]]));
  const random = createRandom(seed);
  const counts = parts.map(({ rows }) => new Float64Array(rows));
  for (let resample = 0; resample < resamples; resample += 1) {
    const scores = parts.map(({ score }, index) => score(drawRows(counts[index]!, random.integer)));
    for (const [name, value] of average(scores)) drawn.get(name)?.push(value);
  }
  const intervals = new Map<MetricName, Interval>();
  for (const [name, value] of values) {
    const sorted = Float64Array.from(drawn.get(name)!).sort();
    const [low, high] = tails.map((tail) => quantile(sorted, tail) ?? value) as [number, number];
    intervals.set(name, { value, low, high });
  }
  return intervals;
}

/** How often each row is met when as many are drawn with replacement as there are. */
function drawRows(counts: Float64Array, integer: (bound: number) => number): Float64Array {
  counts.fill(0);
  for (let draw = 0; draw < counts.length; draw += 1) counts[integer(counts.length)]! += 1;
  return counts;
}

function average(scores: readonly Scores[]): Map<MetricName, number> {
  const sums = new Map<MetricName, { sum: number; parts: number }>();
  for (const part of scores) {
    for (const [name, value] of Object.entries(part) as [MetricName, number | null][]) {
      if (value === null) continue;
      const { sum, parts } = sums.get(name) ?? { sum: 0, parts: 0 };
      sums.set(name, { sum: sum + value, parts: parts + 1 });
    }
  }
  return new Map([...sums].map(([name, { sum, parts }]) => [name, sum / parts]));
}

/** Linear interpolation between the order statistics, as `numpy.quantile`; undefined of nothing. */
export function quantile(sorted: Float64Array, share: number): number | undefined {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (position - Math.floor(position));
}

/** The rows of each fold in order; one list of all rows without folds. */
export function rowsOfParts(rows: number, folds?: ArrayLike<number>): readonly Uint32Array[] {
  const parts = new Map<number, number[]>();
  for (let row = 0; row < rows; row += 1) {
    const fold = folds ? folds[row]! : 0;
    const members = parts.get(fold);
    if (members) members.push(row);
    else parts.set(fold, [row]);
  }
  return [...parts.values()].map((members) => Uint32Array.from(members));
}
