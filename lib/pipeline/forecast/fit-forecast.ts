/** From stored series and a spec to everything a version's manifest says, its file, and the values it starts from. */

import type { ForecastSpec } from '../../contracts/model-spec.ts';
import type { ModelSchema } from '../../contracts/records.ts';
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import { evaluateForecasts, scoreForecasts } from '../../evaluate/index.ts';
import type { Publication } from '../../registry/index.ts';
import { frequencyText, stampText } from '../../series/index.ts';
import { type ForecastJudge, newestStamp, type TrainedForecast, trainForecast } from '../../train/index.ts';
import type { PipelineContext } from '../context.ts';
import type { FitRequest } from '../fit-version.ts';
import { lineageOf } from '../lineage.ts';
import { type FitWatch, trainContext } from '../train-context.ts';
import { measureForecast } from './measure-forecast.ts';
import { newestValues } from './newest-values.ts';
import { type PreparedForecast, prepareForecast } from './prepare-forecast.ts';

/** Names of series that a schema lists at most. */
const listedNames = 100;
/** Where the progress bar is once the data are read, and once the learners are trained. */
const readShare = 0.08;
const trainedShare = 0.94;

/**
 * Trains and scores one version that forecasts.
 *
 * @throws invalid_request when data or spec make a forecast impossible
 */
export async function fitForecastVersion(
  context: PipelineContext,
  request: FitRequest & { readonly spec: ForecastSpec },
  watch: FitWatch,
): Promise<Publication> {
  const prepared = await prepareForecast(context, request.spec, request);
  const { problem, metric } = prepared;
  const training = trainContext(context, watch, { from: readShare, to: trainedShare });
  const trained = await trainForecast(problem, judgeBy(metric), training);
  watch.report(trainedShare, 'Scoring the forecasts.');
  const series = describeSeries(prepared, trained);
  const schema: ModelSchema = { features: [], ignored: [...prepared.ignored], series };
  const artifact = trained.assemble({ 'onramp.schema': JSON.stringify(schema) });
  const serving =
    context.machine && (await measureForecast({ artifact, problem, schema: series }, context.machine));
  return {
    draft: { ...describe(context, request, { prepared, trained, schema }), ...(serving && { serving }) },
    artifact,
    history: newestValues(problem, series),
  };
}

/** Choosing by a smaller error; every metric of forecasts that may choose is one. */
const judgeBy = (metric: ForecastJudge['metric']): ForecastJudge => ({
  metric,
  score: (answers) => scoreForecasts(answers).get(metric) ?? null,
});

function describeSeries({ problem, time }: PreparedForecast, { forecaster }: TrainedForecast): SeriesSchema {
  const { spec, series, frequency, horizon, season, quantiles, known, gaps } = problem;
  const { aggregate } = spec.series;
  return {
    time: spec.series.time,
    target: spec.target,
    id: [...(spec.series.id ?? [])],
    frequency: frequencyText(frequency),
    ...{ horizon, season, quantiles: [...quantiles], known: [...known], gaps },
    ...(aggregate && { aggregate }),
    context: forecaster.context,
    calendar: forecaster.usesTime,
    format: time.format,
    zoned: time.zoned,
    dates_only: time.datesOnly && (frequency.unit === 'month' || frequency.size % 86_400_000 === 0),
    count: series.length,
    names: series.slice(0, listedNames).map(({ name }) => name),
    newest: stampText(newestStamp(series, frequency)),
    found: forecaster.found,
  };
}

interface Fitted {
  readonly prepared: PreparedForecast;
  readonly trained: TrainedForecast;
  readonly schema: ModelSchema;
}

function describe(
  context: PipelineContext,
  { spec, specDigest, data }: FitRequest & { readonly spec: ForecastSpec },
  { prepared, trained, schema }: Fitted,
): Publication['draft'] {
  const { problem, metric, rows } = prepared;
  const { seed } = problem;
  const { heldOut } = trained;
  return {
    task: 'forecast',
    target: spec.target,
    learner: trained.learner,
    schema,
    metric,
    metrics: evaluateForecasts(trained.rolling, { seed }),
    candidates: [...trained.candidates],
    held_out: {
      rows: heldOut.actual.length / heldOut.horizon,
      metrics: evaluateForecasts(heldOut, { seed }),
    },
    warnings: [...problem.warnings],
    lineage: lineageOf({ data, spec, specDigest, rows, seed, split: 'rolling_origin' }, context.code),
  };
}
