/** Scores and compares published versions without a target: for the gate, and for watching the live version. */
import { artifactKeys } from '../../contracts/keys.ts';
import { isUnsupervised, type MetricName } from '../../contracts/model-spec.ts';
import type { DatasetManifest, MetricTable, VersionManifest } from '../../contracts/records.ts';
import { internal } from '../../core/index.ts';
import {
  asClasses,
  type ComparisonResult,
  compareClusters,
  compareModels,
  evaluateAnomalies,
  evaluateClusters,
} from '../../evaluate/index.ts';
import { loadArtifact } from '../../registry/index.ts';
import { inWorkDirectory, type PipelineContext } from '../context.ts';
import { missingColumn } from '../version-answers.ts';
import { type AskedFile, anomalyAnswers, clusterAnswers, encodeSample, groupsOf } from './answers.ts';
import { type PreparedUnsupervised, prepareUnsupervised } from './prepare-unsupervised.ts';

/** What two versions must agree on so that they answer the same question. */
export const unsupervisedQuestion = ({ schema }: VersionManifest): unknown => schema.anomaly?.labels ?? null;

/** Scores of a version on the held-out rows of data, and how many those are; the name of a column that they lack. */
export async function scoreUnsupervisedVersion(
  context: PipelineContext,
  version: VersionManifest,
  data: DatasetManifest,
): Promise<{ readonly metrics: MetricTable; readonly rows: number } | { readonly missing: string }> {
  return withUnsupervised(context, version, data, async (problem) => {
    const missing = missingColumn(version, problem);
    if (missing !== null) return { missing };
    const file = await fileOf(context, version);
    const { test } = problem.split.heldOut;
    const { seed } = problem;
    const { anomaly } = version.schema;
    const metrics = anomaly
      ? evaluateAnomalies(
          [await anomalyAnswers(file, problem, { rows: test, threshold: anomaly.threshold })],
          { seed },
        )
      : evaluateClusters([await clusterAnswers(file, problem, test)], { seed });
    return { metrics, rows: test.length };
  });
}

/** What a comparison found; `null` if there is nothing by which to compare; the name of a column that data lack. */
export type UnsupervisedComparison = ComparisonResult | { readonly missing: string } | null;

/**
 * Compares two versions on the rows that the candidate has not seen: groups by their silhouettes in the candidate's
 * encoding, anomalies by what is known of the rows.
 */
export async function compareUnsupervisedVersions(
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
): Promise<UnsupervisedComparison> {
  return withUnsupervised(context, candidate, data, async (problem) => {
    const missing = missingColumn(champion, problem);
    if (missing !== null) return { missing };
    const files = { candidate: await fileOf(context, candidate), champion: await fileOf(context, champion) };
    const { test } = problem.split.heldOut;
    const { seed } = problem;
    if (candidate.task === 'clustering') {
      const { rows, features } = await encodeSample(files.candidate, problem, test);
      const own = (await groupsOf(files.candidate, problem, rows)).groups;
      const other = (await groupsOf(files.champion, problem, rows)).groups;
      return compareClusters(features, { candidate: own, champion: other }, { seed });
    }
    const answersOf = async (file: AskedFile, version: VersionManifest) => {
      const { threshold } = version.schema.anomaly!;
      return asClasses(await anomalyAnswers(file, problem, { rows: test, threshold }));
    };
    const own = await answersOf(files.candidate, candidate);
    const other = await answersOf(files.champion, champion);
    return own && other && metric !== 'anomaly_share'
      ? compareModels({ metric, candidate: own, champion: other, seed })
      : null;
  });
}

const fileOf = async (context: PipelineContext, version: VersionManifest): Promise<AskedFile> => ({
  bytes: await loadArtifact(context, version),
  features: version.schema.features,
});

/** Reads the data as the version's own spec wants them, in a folder that is gone afterwards. */
async function withUnsupervised<T>(
  context: PipelineContext,
  { lineage: { spec } }: VersionManifest,
  { dataset, digest, source }: DatasetManifest,
  work: (problem: PreparedUnsupervised) => Promise<T>,
): Promise<T> {
  if (!isUnsupervised(spec)) throw internal('The version has a target.', { code: 'task_mismatch' });
  return inWorkDirectory(async (directory) => {
    const path = `${directory}/table.parquet`;
    const found = await context.artifacts.download(artifactKeys.datasetTable(dataset, digest), path);
    if (!found) throw internal(`The table of data set "${dataset}" is missing.`, { code: 'table_missing' });
    return work(await prepareUnsupervised(context, spec, { path, directory, fileName: source.file }));
  });
}
