/** The documents Onramp keeps in S3: data set versions, runs, model versions, aliases and evaluation reports. */
import * as z from 'zod';
import { embeddingSettings } from './embedding.ts';
import { columnTypeName, learnerName, metricName, modelSpec, trainingPlace } from './model-spec.ts';
import { pictureLayout } from './pictures.ts';
import { seriesSchema } from './series-spec.ts';
import { servingMeasure } from './serving.ts';
import { anomalySchema, clusterSchema, unsupervisedTasks } from './unsupervised-spec.ts';

const time = z.iso.datetime();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** Why something failed, in the words the user reads. */
export const failure = z.object({
  code: z.string(),
  message: z.string(),
  param: z.string().nullable(),
});
export type Failure = z.infer<typeof failure>;

/** Where a data set version came from. */
export const uploadSource = z.object({
  key: z.string(),
  file: z.string(),
  etag: z.string(),
  size_bytes: z.int(),
  /** S3's sequencer: orders writes to the same key. */
  sequencer: z.string(),
  uploaded: time,
});
export type UploadSource = z.infer<typeof uploadSource>;

/** `datasets/{dataset}/versions/{digest}/manifest.json`; `failed` ones keep the reason. */
export const datasetManifest = z.object({
  dataset: z.string(),
  /** SHA-256 of the uploaded bytes. */
  digest,
  state: z.enum(['ready', 'failed']),
  rows: z.int().nullable(),
  columns: z.array(z.object({ name: z.string(), type: columnTypeName })),
  source: uploadSource,
  created: time,
  error: failure.nullable(),
});
export type DatasetManifest = z.infer<typeof datasetManifest>;

/** `datasets/{dataset}/latest.json`: the newest upload that was read, changed by compare-and-swap. */
export const datasetLatest = z.object({ digest, uploaded: time, sequencer: z.string() });
export type DatasetLatest = z.infer<typeof datasetLatest>;

/** A metric's value with its 95 % bootstrap interval, next to what a trivial predictor scores. */
export const metricEstimate = z.object({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  baseline: z.number().nullable(),
});
export type MetricEstimate = z.infer<typeof metricEstimate>;
export const metricTable = z.partialRecord(metricName, metricEstimate);
export type MetricTable = z.infer<typeof metricTable>;

/** One learner tried during a run: its cross-validated scores. */
export const candidate = z.object({
  learner: learnerName,
  metric: metricName,
  /** Mean over the folds that choose the learner. */
  score: z.number(),
  fold_scores: z.array(z.number()),
  fit_ms: z.number(),
});
export type Candidate = z.infer<typeof candidate>;

export const runState = z.enum(['queued', 'running', 'succeeded', 'kept', 'failed', 'cancelled']);
export type RunState = z.infer<typeof runState>;

/** Where a run is trained, and why there. */
export const placement = z.object({
  on: trainingPlace,
  /** In the words the user reads. */
  reason: z.string(),
  /** What the training is expected to need, as an estimate from the size of the data. */
  estimate: z.object({ seconds: z.number(), memory_bytes: z.int() }),
  /** Name of the SageMaker training job; only of a run that is trained in one. */
  job: z.string().optional(),
});
export type Placement = z.infer<typeof placement>;

/** `models/{model}/runs/{run}.json`: one training run from claim to outcome. */
export const runRecord = z.object({
  /** Digest of (spec, data digest, code version, retrain id): the same work has the same id. */
  run: z.string(),
  model: z.string(),
  dataset: z.string(),
  data_digest: digest,
  spec_digest: digest,
  state: runState,
  /** 0 to 1. */
  progress: z.number().min(0).max(1),
  message: z.string(),
  /** How often it was claimed; a run whose worker keeps dying is failed, not repeated for ever. */
  attempts: z.int(),
  /** How many of these ended because the worker's time was over, and not because it died. */
  pauses: z.int().optional(),
  /** Who works on it and until when that is believed. */
  lease: z.object({ owner: z.string(), expires: time }).nullable(),
  created: time,
  started: time.nullable(),
  ended: time.nullable(),
  source: uploadSource,
  /** Absent until that is decided. */
  placement: placement.optional(),
  candidates: z.array(candidate),
  version: z.string().nullable(),
  error: failure.nullable(),
});
export type RunRecord = z.infer<typeof runRecord>;

/** `training-jobs/{name}.json`: which run a SageMaker training job is for; there until the job's end is dealt with. */
export const trainingJobRecord = z.object({ name: z.string(), model: z.string(), run: z.string() });
export type TrainingJobRecord = z.infer<typeof trainingJobRecord>;

/** One raw column a model takes. */
export const featureSchema = z.object({
  name: z.string(),
  type: z.enum(['numeric', 'boolean', 'category', 'datetime', 'text', 'image']),
  /** The tensor it travels in and its place there. */
  input: z.enum(['numeric', 'text', 'image']),
  index: z.int(),
  /** Share of training rows in which it was missing. */
  missing: z.number(),
  /** Smallest and largest training value; date-times as ISO text. */
  range: z
    .tuple([z.number(), z.number()])
    .or(z.tuple([z.string(), z.string()]))
    .optional(),
  /** Typical span for telling a wrong unit: 1st and 99th percentile of the training values. */
  typical: z.tuple([z.number(), z.number()]).optional(),
  categories: z.array(z.string()).optional(),
  /** Date-time: the text form seen in the data, in strptime letters. */
  format: z.string().optional(),
  /** Pictures: what every one of them is brought to. Each such column is a tensor of its own. */
  image: pictureLayout.optional(),
});
export type FeatureSchema = z.infer<typeof featureSchema>;

/** The signature of a model in terms of raw columns. */
export const modelSchema = z.object({
  features: z.array(featureSchema),
  /** Other columns of the data: a request may carry them, the model does not look at them. */
  ignored: z.array(z.string()),
  /** Texts that mean "missing" in every column, as the spec says; a request may send them too. */
  missing: z.array(z.string()).optional(),
  /** Class labels in the order of the probabilities; absent for regression. */
  classes: z.array(z.string()).optional(),
  positive: z.string().optional(),
  /** Binary models: the positive class is answered from this probability on. */
  threshold: z.number().optional(),
  /** Only of a model that forecasts; it has no features, as it takes windows of series. */
  series: seriesSchema.optional(),
  /** Only of a model that tells groups. */
  clusters: clusterSchema.optional(),
  /** Only of a model that tells anomalies. */
  anomaly: anomalySchema.optional(),
});
export type ModelSchema = z.infer<typeof modelSchema>;

/** `models/{model}/versions/{n}/manifest.json`: written once, and by that published. */
export const versionManifest = z.object({
  model: z.string(),
  version: z.string(),
  run: z.string(),
  created: time,
  task: z.enum(['classification', 'regression', 'forecast', ...unsupervisedTasks]),
  /** Absent where groups or anomalies are sought. */
  target: z.string().optional(),
  learner: learnerName,
  artifact: z.object({ sha256: digest, size_bytes: z.int() }),
  schema: modelSchema,
  metric: metricName,
  /** Cross-validated: the mean over five folds, each predicted by a model that has not seen it. */
  metrics: metricTable,
  candidates: z.array(candidate),
  held_out: z.object({ rows: z.int(), metrics: metricTable }),
  /** Mean |SHAP| of each raw column over held-out rows, in the units of the model's score; the largest first. */
  importances: z.array(z.object({ column: z.string(), value: z.number() })).optional(),
  /** The training rows that explanations compare with, kept below the model's prefix. */
  background: z.object({ sha256: digest, size_bytes: z.int(), rows: z.int() }).optional(),
  /** The newest values of every series, which a forecast starts from; kept below the model's prefix. */
  history: z.object({ sha256: digest, size_bytes: z.int(), series: z.int() }).optional(),
  /** How long a prediction takes; absent from versions that were published before it was measured. */
  serving: servingMeasure.optional(),
  warnings: z.array(z.object({ code: z.string(), column: z.string().nullable(), message: z.string() })),
  lineage: z.object({
    dataset: z.string(),
    data_digest: digest,
    spec_digest: digest,
    spec: modelSpec,
    source: uploadSource,
    rows: z.int(),
    split: z.string(),
    seed: z.int(),
    code: z.string(),
  }),
});
export type VersionManifest = z.infer<typeof versionManifest>;

/** A tensor in a model's signature; a size that is known only when the model runs is a name or `''`. */
export const tensorSchema = z.object({
  name: z.string(),
  /** As onnxruntime spells it, for example `float32`. */
  type: z.string(),
  shape: z.array(z.union([z.int(), z.string()])),
});
export type TensorSchema = z.infer<typeof tensorSchema>;

/** `models/{model}/versions/{n}/manifest.json` of a file that was trained elsewhere and brought along. */
export const importedManifest = z.object({
  model: z.string(),
  version: z.string(),
  created: time,
  origin: z.literal('import'),
  artifact: z.object({ sha256: digest, size_bytes: z.int() }),
  signature: z.object({ inputs: z.array(tensorSchema), outputs: z.array(tensorSchema) }),
  /** What the file says of itself. */
  producer: z.string(),
  opsets: z.record(z.string(), z.int()),
  metadata: z.record(z.string(), z.string()),
  /** Only of a model that turns texts into vectors. */
  embedding: embeddingSettings.optional(),
  /** What the model was tried on: every input filled with `value` (texts are empty); absent if it took none of the trials. */
  probe: z
    .object({
      value: z.int(),
      /** Sizes by input, in the order of the signature. */
      shapes: z.array(z.array(z.int())),
      /** True if twice the batch worked too; null if no first size is variable or it was not tried. */
      batch: z.boolean().nullable(),
    })
    .optional(),
  /** How long the trial takes that the model accepted; absent if there was none. */
  serving: servingMeasure.optional(),
  warnings: z.array(z.object({ code: z.string(), column: z.string().nullable(), message: z.string() })),
});
export type ImportedManifest = z.infer<typeof importedManifest>;

/** A version of a model, learnt here or brought along. */
export const publishedVersion = z.union([versionManifest, importedManifest]);
export type PublishedVersion = z.infer<typeof publishedVersion>;

/** True for a version that was brought along. */
export const isImported = <Version extends object>(
  version: Version,
): version is Extract<Version, { origin: 'import' }> => 'origin' in version;

/** `models/{model}/aliases.json`: changed only by compare-and-swap. */
export const aliases = z.object({
  live: z.string().nullable(),
  /** What was live before, newest first; rollback takes the first. */
  previous: z.array(z.string()),
  changed: time,
  reason: z.string(),
});
export type Aliases = z.infer<typeof aliases>;

/** `models/{model}/evaluations/{id}.json`: a dated report; the id sorts by time. */
export const evaluationReport = z.object({
  id: z.string(),
  model: z.string(),
  version: z.string(),
  reason: z.enum(['training', 'schedule', 'request']),
  created: time,
  dataset: z.string(),
  data_digest: digest,
  rows: z.int(),
  metric: metricName,
  metrics: metricTable,
  /** After a training: what was decided and why. */
  decision: z
    .object({
      verdict: z.enum(['live', 'kept']),
      reason: z.string(),
      compared_with: z.string().nullable(),
      difference: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
    })
    .nullable(),
});
export type EvaluationReport = z.infer<typeof evaluationReport>;
