/** Runs a forecaster's file at many origins: the answers that scores and quantiles are made from. */
import { joinFloats } from '../../core/index.ts';
import { createSession, type ModelSession } from '../../onnx/index.ts';
import { assembleForecast, type ForecastParts } from './assemble-forecast.ts';
import type { ErrorUnit, ForecastErrors } from './conformal.ts';
import { meanSize } from './linear-forecast.ts';
import type { Cut } from './origins.ts';
import { seasonalNaive } from './seasonal-naive.ts';
import type { Forecaster, ForecastProblem, ForecastTask, OriginAnswers } from './types.ts';
import { windowFeeds } from './windows.ts';

/** Windows in one call of the runtime. */
const batchWindows = 512;

/** What a file says at the origins of a cut. */
export interface FileAnswers extends OriginAnswers {
  /** Of a file that says it, [origins, horizon]. */
  readonly expectedError: Float32Array | null;
}

/** Forecasts by file at the origins of a cut, next to what happened and to the seasonal-naive forecast. */
export async function answersAt(
  problem: ForecastProblem,
  cut: Cut,
  parts: ForecastParts,
): Promise<FileAnswers> {
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
): Promise<FileAnswers> {
  const { origins } = cut;
  const { horizon, quantiles: levels } = problem;
  const values = new Float32Array(origins.length * horizon);
  const quantiles = new Float32Array(origins.length * levels.length * horizon);
  const expected: Float32Array[] = [];
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
    if (outputs.expected_error) expected.push(outputs.expected_error.data as Float32Array);
  }
  const expectedError = expected.length > 0 ? joinFloats(expected) : null;
  return { ...truthAt(problem, cut), horizon, levels, values, quantiles, expectedError };
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
    block: Int32Array.from(origins, ({ series: number, at }) => Math.floor((at - ends[number]!) / horizon)),
  };
}

/** Mean |y(t) - y(t - season)|; NaN for a series that is too short or repeats itself exactly. */
function naiveError(values: Float64Array, season: number): number {
  let sum = 0;
  for (let at = season; at < values.length; at += 1) sum += Math.abs(values[at]! - values[at - season]!);
  return sum === 0 ? Number.NaN : sum / (values.length - season);
}

/**
 * Outcome minus what is said of each level at the origins of cuts, each by its own forecaster, in every unit that there
 * is: that of the values, or of the window's size if the task is scaled, and the error that the learner expects.
 */
export async function errorsAt(
  problem: ForecastProblem,
  task: ForecastTask,
  fits: readonly { readonly cut: Cut; readonly forecaster: Forecaster }[],
): Promise<readonly ForecastErrors[]> {
  const { horizon, quantiles: levels, isScaled } = task;
  const found: { readonly usual: ForecastErrors; readonly expected: ForecastErrors | null }[] = [];
  for (const { cut, forecaster } of fits) {
    const answers = await answersAt(problem, cut, { forecaster, task });
    const sizes = cut.origins.map(({ series, at }) =>
      isScaled ? meanSize(problem.series[series]!.values, at, forecaster.context) : 1,
    );
    const units = Float64Array.from(answers.values, (_, place) => sizes[Math.floor(place / horizon)]!);
    const { expectedError } = answers;
    found.push({
      usual: errorsIn(isScaled ? 'window_size' : 'value', units, answers),
      expected: expectedError && errorsIn('expected_error', Float64Array.from(expectedError), answers),
    });
  }
  const joined = (parts: readonly ForecastErrors[]): ForecastErrors => ({
    ...{ horizon, levels, unit: parts[0]!.unit },
    units: joinDoubles(parts.map(({ units }) => units)),
    errors: joinDoubles(parts.map(({ errors }) => errors)),
  });
  const expected = found.map((one) => one.expected).filter((one) => one !== null);
  return [joined(found.map(({ usual }) => usual)), ...(expected.length > 0 ? [joined(expected)] : [])];
}

function errorsIn(
  unit: ErrorUnit,
  units: Float64Array,
  { horizon, levels, actual, quantiles }: OriginAnswers,
): ForecastErrors {
  const errors = new Float64Array(quantiles.length);
  for (let place = 0; place < errors.length; place += 1) {
    const at = Math.floor(place / (levels.length * horizon)) * horizon + (place % horizon);
    errors[place] = (actual[at]! - quantiles[place]!) / units[at]!;
  }
  return { horizon, levels, unit, units, errors };
}

/** Several arrays as one. */
function joinDoubles(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

/** Answers at the origins of several cuts in one list. */
export function joinAnswers(parts: readonly OriginAnswers[]): OriginAnswers {
  const [first] = parts;
  let blocks = 0;
  const block = parts.flatMap((part) => {
    const shifted = Array.from(part.block, (number) => number + blocks);
    blocks += 1 + part.block.reduce((most, number) => Math.max(most, number), -1);
    return shifted;
  });
  return {
    horizon: first!.horizon,
    levels: first!.levels,
    actual: joinDoubles(parts.map((part) => part.actual)),
    values: joinFloats(parts.map((part) => part.values)),
    quantiles: joinFloats(parts.map((part) => part.quantiles)),
    naive: joinDoubles(parts.map((part) => part.naive)),
    scale: joinDoubles(parts.map((part) => part.scale)),
    block: Int32Array.from(block),
  };
}
