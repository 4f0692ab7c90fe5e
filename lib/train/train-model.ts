/** From a table and a spec to one tested model: compare learners by cross-validation, keep the best. */
import type { MetricName, ModelSpec, TableLearnerName } from '../contracts/model-spec.ts';
import type { Candidate, ModelSchema } from '../contracts/records.ts';
import { invalidInput, joinFloats } from '../core/index.ts';
import type { ColumnType, Fold, Split } from '../dataset/index.ts';
import { assembleModel, type ModelParts } from './assemble.ts';
import { type FoldResult, fitFold, type Problem, predictRows, schemaOf } from './cross-validate.ts';
import { decisionThreshold, withThreshold } from './decision-threshold.ts';
import { foldsToTest } from './folds-to-test.ts';
import { refuseCancelled } from './interruptions.ts';
import { findFold, foldName, keepFold } from './kept-work.ts';
import { learners } from './learners/index.ts';
import type { Predictions } from './predict-table.ts';
import { takeTarget } from './target.ts';
import type { Learner, Target, TrainContext } from './types.ts';

/** How answers are judged; the metrics themselves live to the right of training and are handed in. */
export interface Judge {
  readonly metric: MetricName;
  readonly higherIsBetter: boolean;
  /** The metric over some rows; `null` where it is undefined, as AUC is over one class. */
  score(target: Target, predictions: Predictions): number | null;
  /** The cut on the positive class's probability that serves an unbalanced target best. */
  chooseThreshold(actual: Uint8Array, scores: Float32Array): number;
}

/** What training is asked to do. */
export interface TrainRequest extends Problem {
  readonly judge: Judge;
  /** The class counted as positive; binary targets only. */
  readonly positive?: string;
  readonly seed: number;
}

/** Answers for rows by models that have not seen them; `fold[i]` is the fold of `rows[i]`, 0 the held-out one. */
export interface OutOfFold {
  readonly rows: Uint32Array;
  readonly fold: Uint8Array;
  readonly predictions: Predictions;
}

/** A tested model, ready to be published. */
export interface TrainedModel {
  readonly bytes: Uint8Array;
  readonly learner: TableLearnerName;
  readonly schema: ModelSchema;
  readonly candidates: readonly Candidate[];
  /** Over all folds, for the learner that was kept. */
  readonly outOfFold: OutOfFold;
  /** The published file's own answers for the held-out rows. */
  readonly heldOut: { readonly rows: Uint32Array; readonly predictions: Predictions };
}

/** A learner with what it scored and answered. */
interface Tried {
  readonly name: TableLearnerName;
  readonly candidate: Candidate;
  readonly results: readonly FoldResult[];
}

/**
 * Trains as the spec asks. The learner is chosen by its mean score over the folds other than the held-out one;
 * what is published is the model whose training rows leave out the held-out fold, so that its score there is honest.
 *
 * @throws invalid_request when no learner can be fitted, `conflict` with code `cancelled` when the signal fired
 */
export async function trainModel(request: TrainRequest, context: TrainContext): Promise<TrainedModel> {
  const names = learnersToTry(
    request.spec,
    request.features.map(({ type }) => type),
  );
  const tried: Tried[] = [];
  for (const [index, name] of names.entries()) {
    const report = (fraction: number, message: string): void =>
      context.onProgress?.((index + fraction) / names.length, `${name}: ${message}`);
    const results = await crossValidate(request, learners[name], { ...context, report });
    tried.push({ name, candidate: summarise(name, results, request), results });
  }
  const best = pickBest(tried, request.judge);
  const threshold = decisionThreshold(best.results, request);
  const results = await withModel(request, learners[best.name], { context, results: best.results });
  return publishable(
    best.name,
    withThreshold(results, threshold, request),
    request,
    tried.map(({ candidate }) => candidate),
  );
}

/** What `auto` compares: they are quick, and between them good on nearly every table. */
const automaticLearners = ['linear', 'forest', 'boosting'] as const satisfies readonly TableLearnerName[];

/** Of pictures every pixel is a column; boosting goes through all of them for every leaf. */
const pictureLearners = ['linear', 'forest'] as const satisfies readonly TableLearnerName[];

/**
 * The learners that a spec asks for.
 *
 * @param types of the columns that are learnt from
 */
export function learnersToTry(
  { learner = 'auto' }: Pick<ModelSpec, 'learner'>,
  types: readonly ColumnType[],
): readonly TableLearnerName[] {
  if (learner === 'auto') return types.includes('image') ? pictureLearners : automaticLearners;
  if (!isTableLearner(learner)) throw new TypeError(`The learner "${learner}" takes no tables.`);
  return [learner];
}

const isTableLearner = (name: string): name is TableLearnerName => Object.hasOwn(learners, name);

async function crossValidate(
  request: TrainRequest,
  learner: Learner,
  context: TrainContext & { readonly report: (fraction: number, message: string) => void },
): Promise<readonly FoldResult[]> {
  const results: FoldResult[] = [];
  const folds = foldsToTest(request, learner);
  for (const [index, fold] of folds.entries()) {
    refuseCancelled(context);
    const number = request.split.folds.indexOf(fold);
    const what = `fold ${index + 1} of ${folds.length}`;
    const onProgress = (fraction: number, message?: string): void =>
      context.report((index + fraction) / folds.length, message ? `${what}, ${message}` : what);
    onProgress(0);
    const keepModel = fold === request.split.heldOut;
    const name = foldName(learner.name, number);
    const done = await findFold(context.kept, name);
    if (done) {
      results.push({ fold, ...done });
      continue;
    }
    context.pause?.throwIfAborted();
    const { seed } = request;
    const result = await fitFold(request, learner, fold, { name, seed, context, keepModel, onProgress });
    await keepFold(context.kept, name, result);
    results.push(result);
  }
  return results;
}

/** The held-out fold with its model, which is fitted again if an earlier process had fitted it. */
async function withModel(
  request: TrainRequest,
  learner: Learner,
  { context, results }: { readonly context: TrainContext; readonly results: readonly FoldResult[] },
): Promise<readonly FoldResult[]> {
  const { folds, heldOut } = request.split;
  const index = results.findIndex(({ fold }) => fold === heldOut);
  if (results[index]!.parts) return results;
  const name = foldName(learner.name, folds.indexOf(heldOut));
  const options = { name, seed: request.seed, context, keepModel: true, onProgress: () => {} };
  return results.with(index, await fitFold(request, learner, heldOut, options));
}

function summarise(
  learner: TableLearnerName,
  results: readonly FoldResult[],
  request: TrainRequest,
): Candidate {
  const { judge, target, split } = request;
  const scored = results.map(({ fold, predictions }) => ({
    heldOut: fold === split.heldOut,
    score: judge.score(takeTarget(target, fold.test), predictions),
  }));
  const known = scored.filter(({ score }) => score !== null && Number.isFinite(score));
  const choosing = known.filter(({ heldOut }) => !heldOut);
  const basis = choosing.length > 0 ? choosing : known;
  if (basis.length === 0) {
    const reason =
      target.task === 'regression'
        ? 'a true value is 0. Choose another metric, for example "mae"'
        : 'a class is too rare. Upload more rows of it or group classes with "relabel"';
    throw invalidInput(`No fold of the data allows to compute ${judge.metric}: ${reason}.`, {
      code: 'metric_undefined',
      param: 'metric',
    });
  }
  return {
    learner,
    metric: judge.metric,
    score: mean(basis.map(({ score }) => score!)),
    fold_scores: known.map(({ score }) => score!),
    fit_ms: Math.round(mean(results.map(({ fitMs }) => fitMs))),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function pickBest<T extends { readonly candidate: Candidate }>(tried: readonly T[], judge: Judge): T {
  const better = (left: T, right: T): boolean =>
    judge.higherIsBetter
      ? left.candidate.score > right.candidate.score
      : left.candidate.score < right.candidate.score;
  return tried.reduce((best, next) => (better(next, best) ? next : best));
}

async function publishable(
  learner: TableLearnerName,
  results: readonly FoldResult[],
  request: TrainRequest,
  candidates: readonly Candidate[],
): Promise<TrainedModel> {
  const { heldOut } = request.split;
  const published = results.find(({ fold }) => fold === heldOut)!.parts!;
  const used = new Set(published.preprocessor.features.map(({ name }) => name));
  const ignored = request.table.columns.map(({ name }) => name).filter((name) => !used.has(name));
  const { positive, spec } = request;
  const schema = schemaOf(published, { ignored, missing: spec.missing, positive });
  const parts: ModelParts = { ...published, metadata: { 'onramp.schema': JSON.stringify(schema) } };
  return {
    bytes: assembleModel(parts),
    learner,
    schema,
    candidates,
    outOfFold: gather(results, request.split),
    heldOut: { rows: heldOut.test, predictions: await predictRows(parts, request.table, heldOut.test) },
  };
}

/** All folds' answers in one list; the held-out fold has number 0. */
function gather(results: readonly FoldResult[], { heldOut }: Split): OutOfFold {
  const ordered = [...results].sort(
    (left, right) => foldRank(left.fold, heldOut) - foldRank(right.fold, heldOut),
  );
  const sizes = ordered.map(({ fold }) => fold.test.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const rows = new Uint32Array(total);
  const fold = new Uint8Array(total);
  let start = 0;
  for (const [number, result] of ordered.entries()) {
    rows.set(result.fold.test, start);
    fold.fill(number, start, start + result.fold.test.length);
    start += result.fold.test.length;
  }
  return { rows, fold, predictions: concatenate(ordered.map(({ predictions }) => predictions)) };
}

const foldRank = (fold: Fold, heldOut: Fold): number => (fold === heldOut ? 0 : 1);

function concatenate(parts: readonly Predictions[]): Predictions {
  if (parts.every((part) => part.task === 'classification')) {
    return {
      task: 'classification',
      probabilities: joinFloats(parts.map(({ probabilities }) => probabilities)),
      labels: parts.flatMap(({ labels }) => labels),
    };
  }
  return {
    task: 'regression',
    values: joinFloats(parts.map((part) => (part.task === 'regression' ? part.values : new Float32Array(0)))),
  };
}
