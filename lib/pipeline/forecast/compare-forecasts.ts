/** Forecasts of published versions at held-out origins: for the gate, and for watching the live version. */

import { artifactKeys } from '../../contracts/keys.ts';
import { type ForecastSpec, isForecast, type MetricName } from '../../contracts/model-spec.ts';
import type { DatasetManifest, MetricTable, VersionManifest } from '../../contracts/records.ts';
import { internal } from '../../core/index.ts';
import { type ComparisonResult, compareForecasts, evaluateForecasts } from '../../evaluate/index.ts';
import { createSession } from '../../onnx/index.ts';
import { loadArtifact } from '../../registry/index.ts';
import { type Cut, cutSeries, forecastAnswers, type OriginAnswers } from '../../train/index.ts';
import { inWorkDirectory, type PipelineContext } from '../context.ts';
import { type PreparedForecast, prepareForecast } from './prepare-forecast.ts';

/** What two versions must agree on so that their forecasts are of the same things. */
export function forecastQuestion({ schema }: VersionManifest): unknown {
  const { series } = schema;
  return (
    series && [
      series.frequency,
      series.horizon,
      series.id,
      series.known.map(({ name }) => name),
      series.quantiles,
    ]
  );
}

/** Scores of a version at the newest origins of data, and how many those are. */
export async function scoreForecastVersion(
  context: PipelineContext,
  version: VersionManifest,
  data: DatasetManifest,
): Promise<{ readonly metrics: MetricTable; readonly rows: number }> {
  const prepared = await preparedFor(context, version, { spec: forecastSpec(version), data });
  const cut = heldOutCut(prepared, [version]);
  const answers = await answersBy(context, version, { prepared, cut });
  return { metrics: evaluateForecasts(answers, { seed: prepared.problem.seed }), rows: cut.origins.length };
}

/** Compares two versions at the origins that the candidate has not seen. */
export async function compareForecastVersions(
  context: PipelineContext,
  metric: MetricName,
  {
    candidate,
    champion,
    data,
  }: {
    readonly candidate: VersionManifest;
    readonly champion: VersionManifest;
    readonly data: DatasetManifest;
  },
): Promise<ComparisonResult> {
  // The same series for both, but each reads known inputs its own way: there may be a category that the older one never saw.
  const given = { spec: forecastSpec(candidate), data };
  const prepared = await preparedFor(context, candidate, given);
  const cut = heldOutCut(prepared, [candidate, champion]);
  const answers = {
    candidate: await answersBy(context, candidate, { prepared, cut }),
    champion: await answersBy(context, champion, {
      prepared: await preparedFor(context, champion, given),
      cut,
    }),
  };
  return compareForecasts(metric, answers, { seed: prepared.problem.seed });
}

function forecastSpec({ lineage: { spec } }: VersionManifest): ForecastSpec {
  if (!isForecast(spec)) throw internal('The version does not forecast.', { code: 'task_mismatch' });
  return spec;
}

/** Series of data, their known inputs as a version takes them. */
async function preparedFor(
  context: PipelineContext,
  { schema }: VersionManifest,
  {
    spec,
    data: { dataset, digest, source },
  }: { readonly spec: ForecastSpec; readonly data: DatasetManifest },
): Promise<PreparedForecast> {
  return inWorkDirectory(async (directory) => {
    const path = `${directory}/table.parquet`;
    const found = await context.artifacts.download(artifactKeys.datasetTable(dataset, digest), path);
    if (!found) throw internal(`The table of data set "${dataset}" is missing.`, { code: 'table_missing' });
    return prepareForecast(context, spec, {
      ...{ path, directory, fileName: source.file },
      ...(schema.series && { known: schema.series.known }),
    });
  });
}

/** The newest origins that every one of the versions has enough values before. */
function heldOutCut({ problem }: PreparedForecast, versions: readonly VersionManifest[]): Cut {
  const { heldOut } = cutSeries(problem);
  const context = Math.max(...versions.map(({ schema }) => schema.series!.context));
  return { ...heldOut, origins: heldOut.origins.filter(({ at }) => at >= context) };
}

async function answersBy(
  context: PipelineContext,
  version: VersionManifest,
  { prepared, cut }: { readonly prepared: PreparedForecast; readonly cut: Cut },
): Promise<OriginAnswers> {
  const { context: length, calendar, horizon } = version.schema.series!;
  const session = await createSession(await loadArtifact(context, version));
  try {
    const shape = { context: length, usesTime: calendar, horizon, width: prepared.problem.width };
    return await forecastAnswers(prepared.problem, cut, { session, shape });
  } finally {
    await session.release();
  }
}
