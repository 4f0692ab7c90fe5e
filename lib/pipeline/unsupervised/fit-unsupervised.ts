/** From a stored table and a spec without a target to everything a version's manifest says, and its file. */

import type { MetricName, UnsupervisedSpec } from '../../contracts/model-spec.ts';
import type { ModelSchema } from '../../contracts/records.ts';
import {
  evaluateAnomalies,
  evaluateClusters,
  quantile,
  scoreAnomalies,
  scoreClusters,
  silhouette,
} from '../../evaluate/index.ts';
import type { Publication } from '../../registry/index.ts';
import { type TrainedUnsupervised, trainUnsupervised, type UnsupervisedFold } from '../../train/index.ts';
import type { PipelineContext } from '../context.ts';
import { explainVersion } from '../explain-version.ts';
import type { FitRequest } from '../fit-version.ts';
import { lineageOf } from '../lineage.ts';
import { measureServing } from '../measure-serving.ts';
import { type FitWatch, trainContext } from '../train-context.ts';
import { versionWarnings } from '../wanted-columns.ts';
import { anomalyAnswers, clusterAnswers } from './answers.ts';
import { type PreparedUnsupervised, prepareUnsupervised } from './prepare-unsupervised.ts';

/** Where the progress bar is once the data are read, and once the learner is trained. */
const readShare = 0.08;
const trainedShare = 0.88;

/**
 * Trains, scores and explains one version that tells groups or anomalies.
 *
 * @throws invalid_request when data or spec make learning impossible
 */
export async function fitUnsupervisedVersion(
  context: PipelineContext,
  request: FitRequest & { readonly spec: UnsupervisedSpec },
  watch: FitWatch,
): Promise<Publication> {
  const problem = await prepareUnsupervised(context, request.spec, request);
  const training = trainContext(context, watch, { from: readShare, to: trainedShare });
  const trained = await trainUnsupervised(problem, silhouette, training);
  watch.report(trainedShare, 'Scoring the model.');
  const scored = await (request.spec.task === 'clustering' ? scoreGroups : scoreDetectors)(problem, trained);
  const schema = describeSchema(problem, trained, scored.schema);
  const artifact = trained.folds[0]!.assemble({ 'onramp.schema': JSON.stringify(schema) });
  const hasPictures = problem.features.some(({ type }) => type === 'image');
  const explained = hasPictures ? null : await explainVersion(problem, { bytes: artifact, schema });
  const machine = hasPictures ? undefined : context.machine;
  const serving = machine && (await measureServing(problem, { bytes: artifact, schema }, machine));
  const draft = describe(context, request, { problem, trained, scored, schema });
  return {
    draft: {
      ...draft,
      ...(explained && { importances: explained.importances }),
      ...(serving && { serving }),
    },
    artifact,
    ...(explained && { background: explained.background }),
  };
}

/** What the folds score, and what the scores tell of the model. */
interface Scored {
  /** Fold by fold, the held-out one first. */
  readonly folds: readonly ReadonlyMap<MetricName, number>[];
  readonly metrics: Publication['draft']['metrics'];
  readonly heldOut: Publication['draft']['metrics'];
  readonly schema: Pick<ModelSchema, 'clusters' | 'anomaly'>;
}

const fileOf = ({ features, assemble }: UnsupervisedFold) => ({ bytes: assemble({}), features });

async function scoreGroups(
  problem: PreparedUnsupervised,
  { folds, tried }: TrainedUnsupervised,
): Promise<Scored> {
  const { seed } = problem;
  const answers = [];
  for (const one of folds) answers.push(await clusterAnswers(fileOf(one), problem, one.fold.test));
  const sizes = [...folds[0]!.sizes!];
  return {
    folds: scoreClusters(answers),
    metrics: evaluateClusters(answers, { seed }),
    heldOut: evaluateClusters(answers.slice(0, 1), { seed }),
    schema: { clusters: { count: sizes.length, sizes, ...(tried && { tried: [...tried] }) } },
  };
}

/** Shares of the held-out rows whose scores a version names. */
const namedShares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

async function scoreDetectors(
  problem: PreparedUnsupervised,
  { folds }: TrainedUnsupervised,
): Promise<Scored> {
  const { seed, labels } = problem;
  const answers = [];
  for (const one of folds) {
    const asked = { rows: one.fold.test, threshold: one.threshold! };
    answers.push(await anomalyAnswers(fileOf(one), problem, asked));
  }
  const sorted = Float64Array.from(answers[0]!.scores).sort();
  const scores = Object.fromEntries(namedShares.map((share) => [share, quantile(sorted, share)!]));
  return {
    folds: scoreAnomalies(answers),
    metrics: evaluateAnomalies(answers, { seed }),
    heldOut: evaluateAnomalies(answers.slice(0, 1), { seed }),
    schema: {
      anomaly: {
        threshold: folds[0]!.threshold!,
        scores,
        ...(labels && { labels: { column: labels.column, positive: labels.positive } }),
      },
    },
  };
}

function describeSchema(
  { table, spec }: PreparedUnsupervised,
  { folds }: TrainedUnsupervised,
  own: Scored['schema'],
): ModelSchema {
  const features = [...folds[0]!.features];
  const used = new Set(features.map(({ name }) => name));
  return {
    features,
    ignored: table.columns.map(({ name }) => name).filter((name) => !used.has(name)),
    ...(spec.missing && spec.missing.length > 0 && { missing: [...spec.missing] }),
    ...own,
  };
}

interface Fitted {
  readonly problem: PreparedUnsupervised;
  readonly trained: TrainedUnsupervised;
  readonly scored: Scored;
  readonly schema: ModelSchema;
}

function describe(
  context: PipelineContext,
  { spec, specDigest, data }: FitRequest & { readonly spec: UnsupervisedSpec },
  { problem, trained, scored, schema }: Fitted,
): Publication['draft'] {
  const { learner, folds } = trained;
  const { metric } = problem;
  const known = scored.folds.flatMap((scores) => scores.get(metric) ?? []);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const candidate = {
    ...{ learner, metric, score: mean(known), fold_scores: known },
    fit_ms: Math.round(mean(folds.map(({ fitMs }) => fitMs))),
  };
  return {
    task: spec.task,
    learner,
    schema,
    metric,
    metrics: scored.metrics,
    candidates: known.length > 0 ? [candidate] : [],
    held_out: { rows: folds[0]!.fold.test.length, metrics: scored.heldOut },
    warnings: versionWarnings(spec, problem),
    lineage: lineageOf(
      {
        ...{ data, spec, specDigest, seed: problem.seed },
        rows: problem.table.rows,
        split: problem.split.kind,
      },
      context.code,
    ),
  };
}
