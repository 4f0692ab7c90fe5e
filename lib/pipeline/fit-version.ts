/** From a stored table and a spec to everything a version's manifest says, and its file. */

import { isForecast, isUnsupervised, type ModelSpec, type TargetSpec } from '../contracts/model-spec.ts';
import type { DatasetManifest, MetricTable } from '../contracts/records.ts';
import type { Publication, VersionDraft } from '../registry/index.ts';
import { type TrainedModel, takeTarget, trainModel } from '../train/index.ts';
import type { PipelineContext } from './context.ts';
import { type ExplanationParts, explainVersion } from './explain-version.ts';
import { fitForecastVersion } from './forecast/index.ts';
import { lineageOf } from './lineage.ts';
import { measureServing } from './measure-serving.ts';
import { type PreparedProblem, prepareProblem } from './problem.ts';
import type { StoredTable } from './profile-stored.ts';
import { createJudge, scorePredictions } from './score.ts';
import { type FitWatch, trainContext } from './train-context.ts';
import { fitUnsupervisedVersion } from './unsupervised/index.ts';
import { versionWarnings } from './wanted-columns.ts';

/** What is fitted, and from what. */
export interface FitRequest extends StoredTable {
  readonly spec: ModelSpec;
  readonly specDigest: string;
  readonly data: DatasetManifest;
}

/** Where the progress bar is once the data are read, and once the learners are trained. */
const readShare = 0.08;
const trainedShare = 0.92;

/**
 * Trains, scores and explains one version.
 *
 * @throws invalid_request when data or spec make learning impossible
 */
export async function fitVersion(
  context: PipelineContext,
  request: FitRequest,
  watch: FitWatch,
): Promise<Publication> {
  const { spec } = request;
  if (isUnsupervised(spec)) return fitUnsupervisedVersion(context, { ...request, spec }, watch);
  if (isForecast(spec)) return fitForecastVersion(context, { ...request, spec }, watch);
  const problem = await prepareProblem(context, spec, request);
  const judge = createJudge(problem.metric, problem.positive);
  const training = trainContext(context, watch, { from: readShare, to: trainedShare });
  const trained = await trainModel({ ...problem, judge }, training);
  watch.report(trainedShare, 'Scoring the model.');
  // Of pictures there are pixels only: nobody could be told of them one by one, nor are they what requests carry.
  const hasPictures = problem.features.some(({ type }) => type === 'image');
  const explained = hasPictures ? null : await explainVersion(problem, trained);
  const machine = hasPictures ? undefined : context.machine;
  const serving = machine && (await measureServing(problem, trained, machine));
  return {
    draft: {
      ...describe(context, { ...request, spec }, { problem, trained, explained }),
      ...(serving && { serving }),
    },
    artifact: trained.bytes,
    ...(explained && { background: explained.background }),
  };
}

interface Fitted {
  readonly problem: PreparedProblem;
  readonly trained: TrainedModel;
  /** `null` for models that look at pictures. */
  readonly explained: ExplanationParts | null;
}

function describe(
  context: PipelineContext,
  { spec, specDigest, data }: FitRequest & { readonly spec: TargetSpec },
  fitted: Fitted,
): VersionDraft {
  const { problem, trained, explained } = fitted;
  return {
    task: problem.target.task,
    target: spec.target,
    learner: trained.learner,
    schema: trained.schema,
    metric: problem.metric,
    metrics: scoreRows(fitted, trained.outOfFold),
    candidates: [...trained.candidates],
    held_out: { rows: trained.heldOut.rows.length, metrics: scoreRows(fitted, trained.heldOut) },
    ...(explained && { importances: explained.importances }),
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

function scoreRows(
  { problem }: Fitted,
  {
    rows,
    fold,
    predictions,
  }: { rows: Uint32Array; fold?: Uint8Array; predictions: TrainedModel['heldOut']['predictions'] },
): MetricTable {
  const { target, positive, lastValues, seed } = problem;
  return scorePredictions(
    {
      target: takeTarget(target, rows),
      predictions,
      ...(positive !== undefined && { positive }),
      ...(fold && { folds: fold }),
      ...(lastValues && { lastValues: Float64Array.from(rows, (row) => lastValues[row]!) }),
    },
    seed,
  );
}
