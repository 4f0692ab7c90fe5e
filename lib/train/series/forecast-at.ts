/** Runs a forecaster's file at many origins: the answers that scores and quantiles are made from. */
import { createSession, type ModelSession } from '../../onnx/index.ts';
import { assembleForecast, type ForecastParts } from './assemble-forecast.ts';
import type { ForecastErrors } from './conformal.ts';
import { meanSize } from './linear-forecast.ts';
import type { Cut } from './origins.ts';
import { seasonalNaive } from './seasonal-naive.ts';
import type { Forecaster, ForecastProblem, ForecastTask, Origin, OriginAnswers } from './types.ts';
import { windowFeeds } from './windows.ts';

/** Windows in one call of the runtime. */
const batchWindows = 512;

/** Forecasts by file at the origins of a cut, next to what happened and to the seasonal-naive forecast. */
export async function answersAt(
  problem: ForecastProblem,
  cut: Cut,
  parts: ForecastParts,
): Promise<OriginAnswers> {
  const session = await createSession(assembleForecast(parts));
  try {
    return await answersOf(problem, cut, { session, shape: { ...parts.task, ...parts.forecaster } });
  } finally {
    await session.release();
  }
}

/** A file that is open, and what its windows consist of. */
export interface OpenForecast {
  readonly session: ModelSession;
  readonly shape: Pick<Forecaster, 'context' | 'usesTime'> & Pick<ForecastTask, 'horizon' | 'width'>;
}

/** Forecasts of an open file at the origins of a cut. */
export async function answersOf(
  problem: ForecastProblem,
  cut: Cut,
  open: OpenForecast,
): Promise<OriginAnswers> {
  const { origins } = cut;
  const { horizon, quantiles: levels } = problem;
  const values = new Float32Array(origins.length * horizon);
  const quantiles = new Float32Array(origins.length * levels.length * horizon);
  for (let start = 0; start < origins.length; start += batchWindows) {
    const batch = origins.slice(start, start + batchWindows);
    const feeds = windowFeeds(problem.series, batch, { ...open.shape, frequency: problem.frequency });
    const outputs = await open.session.run(feeds);
    const forecasts = outputs.values!.data as Float32Array;
    values.set(forecasts, start * horizon);
    quantiles.set(
      (outputs.quantiles?.data as Float32Array | undefined) ?? repeated(forecasts, horizon, levels.length),
      start * levels.length * horizon,
    );
  }
  return { ...truthAt(problem, cut), horizon, levels, values, quantiles };
}

/** The forecasts as every quantile of themselves: [origins, horizon] to [origins, levels, horizon]. */
function repeated(forecasts: Float32Array, horizon: number, levels: number): Float32Array {
  return Float32Array.from({ length: forecasts.length * levels }, (_, place) => {
    const origin = Math.floor(place / (levels * horizon));
    return forecasts[origin * horizon + (place % horizon)]!;
  });
}

/** Everything of the answers that no model has a part in. */
function truthAt(
  { series, horizon, season }: ForecastProblem,
  { ends, origins }: Cut,
): Pick<OriginAnswers, 'actual' | 'naive' | 'scale' | 'block'> {
  const actual = new Float64Array(origins.length * horizon);
  const naive = new Float64Array(origins.length * horizon);
  const scales = series.map(({ values }, index) => naiveError(values.subarray(0, ends[index]), season));
  for (const [index, { series: number, at }] of origins.entries()) {
    const { values } = series[number]!;
    for (let step = 0; step < horizon; step += 1) {
      actual[index * horizon + step] = values[at + step]!;
      naive[index * horizon + step] = seasonalNaive(values, at, step, season);
    }
  }
  return {
    actual,
    naive,
    scale: Float64Array.from(origins, ({ series: number }) => scales[number]!),
    block: blocksOf(origins, horizon),
  };
}

/** Mean |y(t) - y(t - season)|; NaN for a series that is too short or repeats itself exactly. */
function naiveError(values: Float64Array, season: number): number {
  let sum = 0;
  for (let at = season; at < values.length; at += 1) sum += Math.abs(values[at]! - values[at - season]!);
  return sum === 0 ? Number.NaN : sum / (values.length - season);
}

/** Numbers of stretches of a horizon's length. The cut is at one moment, so they are the same in all series. */
function blocksOf(origins: readonly Origin[], horizon: number): Int32Array {
  const first = new Map<number, number>();
  return Int32Array.from(origins, ({ series, at }) => {
    if (!first.has(series)) first.set(series, at);
    return Math.floor((at - first.get(series)!) / horizon);
  });
}

/** Outcome minus what is said of each level at the origins of cuts, each by its own forecaster. */
export async function errorsAt(
  problem: ForecastProblem,
  task: ForecastTask,
  fits: readonly { readonly cut: Cut; readonly forecaster: Forecaster }[],
): Promise<ForecastErrors> {
  const { horizon, quantiles: levels } = task;
  const parts: Float64Array[] = [];
  for (const { cut, forecaster } of fits) {
    const { actual, quantiles } = await answersAt(problem, cut, { forecaster, task });
    const sizes = cut.origins.map(({ series, at }) =>
      task.isScaled ? meanSize(problem.series[series]!.values, at, forecaster.context) : 1,
    );
    const errors = Float64Array.from(quantiles, (quantile, place) => {
      const origin = Math.floor(place / (levels.length * horizon));
      return (actual[origin * horizon + (place % horizon)]! - quantile) / sizes[origin]!;
    });
    parts.push(errors);
  }
  return { horizon, levels, errors: Float64Array.from(parts.flatMap((part) => [...part])) };
}

/** Answers at the origins of several cuts in one list. */
export function joinAnswers(parts: readonly OriginAnswers[]): OriginAnswers {
  const [first] = parts;
  const joined = <T extends Float64Array | Float32Array>(
    pick: (part: OriginAnswers) => T,
    make: (size: number) => T,
  ): T => {
    const whole = make(parts.reduce((sum, part) => sum + pick(part).length, 0));
    let start = 0;
    for (const part of parts) {
      whole.set(pick(part), start);
      start += pick(part).length;
    }
    return whole;
  };
  const doubles = (size: number): Float64Array => new Float64Array(size);
  const singles = (size: number): Float32Array => new Float32Array(size);
  let blocks = 0;
  const block = parts.flatMap((part) => {
    const shifted = Array.from(part.block, (number) => number + blocks);
    blocks += 1 + part.block.reduce((most, number) => Math.max(most, number), -1);
    return shifted;
  });
  return {
    horizon: first!.horizon,
    levels: first!.levels,
    actual: joined((part) => part.actual, doubles),
    values: joined((part) => part.values, singles),
    quantiles: joined((part) => part.quantiles, singles),
    naive: joined((part) => part.naive, doubles),
    scale: joined((part) => part.scale, doubles),
    block: Int32Array.from(block),
  };
}
