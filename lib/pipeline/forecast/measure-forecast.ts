/** Times a new version's forecasts, so that its card can say what they cost. */
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import type { ServingMeasure } from '../../contracts/serving.ts';
import { createSession } from '../../onnx/index.ts';
import { type SeriesProblem, windowFeeds } from '../../train/index.ts';
import { type Machine, measureCalls } from '../measure-serving.ts';

/** Forecasts of a call with many. */
const manyForecasts = 100;

/** What is timed. */
export interface MeasuredForecast {
  readonly artifact: Uint8Array;
  readonly problem: SeriesProblem;
  readonly schema: SeriesSchema;
}

/** The median time of a forecast from the newest window that has a future, its tensors made anew each time. */
export async function measureForecast(
  { artifact, problem, schema }: MeasuredForecast,
  machine: Machine,
): Promise<ServingMeasure> {
  const { series, horizon, width, frequency } = problem;
  const longest = series.reduce(
    (best, one, index) => (one.values.length > series[best]!.values.length ? index : best),
    0,
  );
  const origin = { series: longest, at: series[longest]!.values.length - horizon };
  const shape = { horizon, width, frequency, context: schema.context, usesTime: schema.calendar };
  const session = await createSession(artifact);
  const forecast = async (count: number): Promise<void> => {
    await session.run(windowFeeds(series, Array(count).fill(origin), shape));
  };
  try {
    return await measureCalls(
      { one: () => forecast(1), many: () => forecast(manyForecasts), rows: manyForecasts },
      machine,
    );
  } finally {
    await session.release();
  }
}
