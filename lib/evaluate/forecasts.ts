/** Scores forecasts at many origins: every metric with its interval, next to what the seasonal-naive forecast scores. */
import type { OriginAnswers } from '../train/index.ts';
import {
  type BootstrapOptions,
  bootstrapIntervals,
  meanScores,
  type Part,
  type Scores,
} from './bootstrap.ts';
import type { ComparisonResult } from './compare.ts';
import { verdictOf } from './compare.ts';
import { type MetricTable, withBaseline } from './evaluate.ts';
import type { MetricName } from './metrics.ts';

/**
 * All forecast metrics. Blocks of origins are drawn instead of single ones, as forecasts less than a horizon apart share
 * their errors (Künsch 1989).
 *
 * `mae`, `rmse`, `mape` as for any numbers, over all origins and steps; `smape` and `mase` as Hyndman and Koehler 2006
 * define them, `mase` with the seasonal-naive error of the origin's own series; `pinball` the mean over the levels;
 * `coverage` from the lowest to the highest level. The baseline's quantiles are its forecast.
 */
export function evaluateForecasts(answers: OriginAnswers, options: BootstrapOptions): MetricTable {
  const naive = { ...answers, values: answers.naive, quantiles: null };
  return withBaseline(bootstrapIntervals([partOf(answers)], options), [partOf(naive)]);
}

/** All forecast metrics that are defined, without intervals. */
export const scoreForecasts = (answers: OriginAnswers): Map<MetricName, number> =>
  meanScores([partOf(answers)]);

/** Paired: both models are scored on the same draws of the same origins. */
export function compareForecasts(
  metric: MetricName,
  { candidate, champion }: { readonly candidate: OriginAnswers; readonly champion: OriginAnswers },
  options: BootstrapOptions,
): ComparisonResult {
  const [left, right] = [partOf(candidate), partOf(champion)];
  const paired: Part = {
    rows: left.rows,
    score: (counts) => {
      const [first, second] = [left.score(counts)[metric], right.score(counts)[metric]];
      return { [metric]: first == null || second == null ? null : first - second };
    },
  };
  const interval = bootstrapIntervals([paired], options).get(metric);
  if (!interval) return { difference: null, low: null, high: null, verdict: 'indistinguishable' };
  const { value: difference, low, high } = interval;
  return { difference, low, high, verdict: verdictOf(metric, low, high) };
}

type Answers = Omit<OriginAnswers, 'values' | 'quantiles'> & {
  readonly values: ArrayLike<number>;
  /** `null`: the forecast itself at every level. */
  readonly quantiles: ArrayLike<number> | null;
};

/** Sums over the origins of one block, from which every metric follows. */
const sums = [
  'count',
  'absolute',
  'squared',
  'relative',
  'zeros',
  'symmetric',
  'scaled',
  'scalable',
  'pinball',
  'inside',
] as const;
type Sums = Record<(typeof sums)[number], number>;

const noSums = (): Sums => Object.fromEntries(sums.map((name) => [name, 0])) as Sums;

/** One part whose rows are the blocks. */
function partOf(answers: Answers): Part {
  const blocks = blockSums(answers);
  return {
    rows: blocks.length,
    score: (counts) => {
      const total = noSums();
      for (const [index, block] of blocks.entries()) {
        const times = counts ? counts[index]! : 1;
        for (const name of sums) total[name] += times * block[name];
      }
      return metricsOf(total, answers);
    },
  };
}

function metricsOf(total: Sums, { levels, quantiles }: Answers): Scores {
  const { count } = total;
  if (count === 0) return {};
  return {
    mae: total.absolute / count,
    rmse: Math.sqrt(total.squared / count),
    mape: total.zeros > 0 ? null : total.relative / count,
    smape: total.symmetric / count,
    mase: total.scalable === 0 ? null : total.scaled / total.scalable,
    pinball: total.pinball / (count * levels.length),
    coverage: quantiles && levels.length > 1 ? total.inside / count : null,
  };
}

function blockSums(answers: Answers): readonly Sums[] {
  const { actual, values, horizon, scale, block } = answers;
  const blocks = Array.from({ length: 1 + block.reduce((most, one) => Math.max(most, one), -1) }, noSums);
  for (let place = 0; place < actual.length; place += 1) {
    const origin = Math.floor(place / horizon);
    const into = blocks[block[origin]!]!;
    const [truth, forecast] = [actual[place]!, values[place]!];
    const error = Math.abs(truth - forecast);
    const size = Math.abs(truth) + Math.abs(forecast);
    into.count += 1;
    into.absolute += error;
    into.squared += error * error;
    if (truth === 0) into.zeros += 1;
    else into.relative += error / Math.abs(truth);
    into.symmetric += size === 0 ? 0 : (2 * error) / size;
    if (!Number.isNaN(scale[origin]!)) {
      into.scaled += error / scale[origin]!;
      into.scalable += 1;
    }
    addQuantiles(into, answers, { origin, step: place % horizon, truth, forecast });
  }
  return blocks.filter(({ count }) => count > 0);
}

function addQuantiles(
  into: Sums,
  { levels, quantiles, horizon }: Answers,
  at: { readonly origin: number; readonly step: number; readonly truth: number; readonly forecast: number },
): void {
  const { origin, step, truth, forecast } = at;
  const quantileAt = (index: number): number =>
    quantiles ? quantiles[(origin * levels.length + index) * horizon + step]! : forecast;
  for (const [index, level] of levels.entries()) {
    const above = truth - quantileAt(index);
    into.pinball += above >= 0 ? level * above : (level - 1) * above;
  }
  if (truth >= quantileAt(0) && truth <= quantileAt(levels.length - 1)) into.inside += 1;
}
