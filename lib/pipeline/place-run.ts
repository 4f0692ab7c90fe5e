/** Decides where a run is trained, in the function or in a training job, and says why. */
import { isForecast, isUnsupervised, type ModelSpec, type TargetSpec } from '../contracts/model-spec.ts';
import { type ColumnProfile, type DatasetProfile, datasetProfile } from '../contracts/profile.ts';
import type { DatasetManifest, Placement, RunRecord } from '../contracts/records.ts';
import { invalidInput } from '../core/index.ts';
import { maxPauses, readDatasetProfile } from '../registry/index.ts';
import {
  estimateForecast,
  estimateTraining,
  estimateUnsupervised,
  learnersToTry,
  type TrainingSize,
} from '../train/index.ts';
import type { PipelineContext, TrainingLimits } from './context.ts';
import { isWanted } from './wanted-columns.ts';
import type { Material } from './work-on-run.ts';

/** Part of the function's time and memory that a training may be expected to need: an estimate is not exact. */
const comfortableShare = 0.7;
/** What is expected to need so many times what there is, is not tried. */
const hopelessFactor = 3;
/** One-hot columns of a category column at most where the spec says nothing. */
const maxOneHot = 100;

/** Terms of a column of texts, words of a text, and pictures, of which no more is known. */
const usualTerms = 2000;
const usualWords = { length: 100, vocabulary: 20_000 };
const usualPictures = { width: 64, height: 64, channels: 3 };

type Needs = Placement['estimate'];

/**
 * Places a run. What fits into the function is trained there, as a job takes minutes to begin; what outgrows it, or has
 * brought a worker of it down, goes to a job where there are jobs. The spec's `train_on` has the last word.
 *
 * @throws invalid_request `no_training_jobs` if the spec asks for a job where there are none, `training_too_large` for
 *   what the function cannot hold either
 */
export async function placeRun(
  context: PipelineContext,
  { stored, data }: Material,
  run: Pick<RunRecord, 'attempts' | 'pauses'>,
): Promise<Placement> {
  const profile = datasetProfile.safeParse(await readDatasetProfile(context, data)).data;
  const { spec } = stored;
  const { processorSeconds, longestPartSeconds, memoryBytes } = estimateFor(spec, data, profile);
  const processors = usable(context.limits?.processors ?? 1);
  const estimate = { seconds: Math.ceil(processorSeconds / processors), memory_bytes: memoryBytes };
  const longestPart = longestPartSeconds / processors;
  return { ...choose(context, { estimate, longestPart, run, asked: spec.train_on ?? 'auto' }), estimate };
}

function estimateFor(spec: ModelSpec, data: DatasetManifest, profile: DatasetProfile | undefined) {
  if (isForecast(spec)) return estimateForecast(spec, data.rows ?? 0);
  if (isUnsupervised(spec)) return estimateUnsupervised(spec, widthsOf(spec, data, profile));
  return estimateTraining(sizeOf(spec, data, profile));
}

interface Question {
  readonly estimate: Needs;
  /** Seconds of the longest part that a pause would have begun anew. */
  readonly longestPart: number;
  readonly run: Pick<RunRecord, 'attempts' | 'pauses'>;
  readonly asked: NonNullable<ModelSpec['train_on']>;
}

function choose(
  { limits, jobs }: PipelineContext,
  { estimate, longestPart, run, asked }: Question,
): Pick<Placement, 'on' | 'reason'> {
  if (asked === 'job' && !jobs) throw noJobs();
  if (asked !== 'auto') return { on: asked, reason: `The spec says "train_on": "${asked}".` };
  if (jobs && run.attempts > (run.pauses ?? 0)) {
    return { on: 'job', reason: 'A worker of the function stopped before the end.' };
  }
  const needs = `It is expected to need ${amountOf(estimate)}`;
  if (!limits) return { on: 'function', reason: `${needs}.` };
  const has = amountOf({ seconds: limits.seconds, memory_bytes: limits.memoryBytes });
  const share = shareOf(estimate, limits);
  if (share <= comfortableShare) return { on: 'function', reason: `${needs}; the function has ${has}.` };
  if (jobs) return { on: 'job', reason: `${needs}; the function has only ${has}.` };
  const paused = shareWithPauses({ ...estimate, longestPart }, limits);
  if (paused > hopelessFactor) throw tooLarge(`${needs}, and the function has ${has}`);
  const prospect =
    paused <= comfortableShare
      ? 'it is paused when the time is over, and goes on in the next one'
      : 'it may not come to its end, and there are no training jobs to take it';
  return { on: 'function', reason: `${needs}, and the function has ${has}: ${prospect}.` };
}

/** How much of the scarcer thing is needed; more than 1 does not fit. */
const shareOf = (needs: Needs, limits: TrainingLimits): number =>
  Math.max(needs.seconds / limits.seconds, needs.memory_bytes / limits.memoryBytes);

/** The same where the time of many functions is used, one after the other; a part that is not kept has but one. */
const shareWithPauses = (
  { seconds, longestPart, ...needs }: Needs & Pick<Question, 'longestPart'>,
  limits: TrainingLimits,
): number =>
  Math.max(shareOf({ ...needs, seconds: longestPart }, limits), seconds / ((maxPauses + 1) * limits.seconds));

/** Measured: a second processor takes about half of the work over, as not all of it can be shared. */
const usable = (processors: number): number => (processors <= 1 ? processors : 1 + (processors - 1) / 2);

/** Rows and columns that are learnt from, before and after they are encoded. */
function widthsOf(spec: ModelSpec, data: DatasetManifest, profile: DatasetProfile | undefined) {
  const columns = featuresOf(spec, data, profile);
  const sum = (widths: readonly number[]): number => widths.reduce((total, width) => total + width, 0);
  return {
    rows: data.rows ?? 0,
    columns: sum(columns.map((column) => columnsOf(column, spec, 1))),
    encodedColumns: sum(
      columns.map((column) => columnsOf(column, spec, Math.min(column.distinct, maxOneHot))),
    ),
  };
}

type KnownColumn = Pick<ColumnProfile, 'name' | 'type' | 'distinct' | 'image'>;

/** The columns that are learnt from. */
function featuresOf(
  spec: ModelSpec,
  data: DatasetManifest,
  profile: DatasetProfile | undefined,
): readonly KnownColumn[] {
  const known: readonly KnownColumn[] =
    profile?.columns ?? data.columns.map((column) => ({ ...column, distinct: maxOneHot }));
  return known.filter(
    ({ name, type }) => type !== 'identifier' && type !== 'constant' && isWanted(spec, name),
  );
}

function sizeOf(spec: TargetSpec, data: DatasetManifest, profile: DatasetProfile | undefined): TrainingSize {
  const columns = featuresOf(spec, data, profile);
  return {
    ...widthsOf(spec, data, profile),
    classes: classesOf(spec, profile),
    learners: learnersToTry(
      spec,
      columns.map(({ type }) => type),
    ),
    ...(spec.parameters && { parameters: spec.parameters }),
    ofColumns: (include) =>
      sizeOf({ ...spec, features: { ...spec.features, include: [...include] } }, data, profile),
    reads: {
      pictures: columns.filter(({ type }) => type === 'image').map((column) => pictureShape(column, spec)),
      texts: columns.filter(({ type }) => type === 'text').map(() => textSize(spec)),
    },
  };
}

function pictureShape(
  { image }: Pick<ColumnProfile, 'image'>,
  { preprocess }: ModelSpec,
): readonly [number, number, number] {
  const kept = image?.layout ?? usualPictures;
  const { width, height, channels = kept.channels } = preprocess?.image ?? kept;
  return [height, width, channels];
}

const textSize = ({ preprocess: { text = {} } = {} }: ModelSpec) => ({
  terms: text.max_terms ?? usualTerms,
  vocabulary: text.max_terms ?? usualWords.vocabulary,
  length: text.max_length ?? usualWords.length,
});

/** Columns that one of the data set becomes: every pixel of a picture, and every term of a text, is one. */
function columnsOf(
  column: Pick<ColumnProfile, 'type' | 'image'>,
  spec: ModelSpec,
  categories: number,
): number {
  if (column.type === 'category') return categories;
  if (column.type === 'text') return textSize(spec).terms;
  if (column.type !== 'image') return 1;
  return pictureShape(column, spec).reduce((product, size) => product * size, 1);
}

/** Classes of the target; 1 for numbers. */
function classesOf({ task, target, relabel }: ModelSpec, profile: DatasetProfile | undefined): number {
  const column = profile?.columns.find(({ name }) => name === target);
  if (task === 'regression' || (task === undefined && !relabel && column?.type === 'numeric')) return 1;
  return relabel ? new Set(Object.values(relabel)).size : (column?.distinct ?? 2);
}

/** For example "about 3 min and 1.2 GB". */
function amountOf({ seconds, memory_bytes: memoryBytes }: Needs): string {
  const time = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `${time} and ${(memoryBytes / 1_073_741_824).toFixed(1)} GB`;
}

const remedy =
  'Use fewer rows or columns or a simpler learner, or set up training jobs; docs/training-jobs.md tells how.';

const noJobs = () =>
  invalidInput(
    'The spec says "train_on": "job", and no training jobs are set up here. Leave it out, or set them up; docs/training-jobs.md tells how.',
    { code: 'no_training_jobs', param: 'train_on' },
  );

const tooLarge = (what: string) =>
  invalidInput(`${what}. ${remedy} "train_on": "function" tries all the same.`, {
    code: 'training_too_large',
    param: 'train_on',
  });
