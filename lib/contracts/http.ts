/** The shapes of the HTTP API: answers, and the one error shape. */
import * as z from 'zod';
import { embeddingSettings } from './embedding.ts';
import { endpointKinds, endpointProtocols } from './endpoint-models.ts';
import { importedManifest, metricTable, modelSchema, publishedVersion, runRecord } from './records.ts';
import { modelCost } from './serving.ts';
import { unsupervisedTasks } from './unsupervised-spec.ts';
import { versionStatusSchema } from './version-status-schema.ts';

export { importLimits, predictLimits } from './limits.ts';

/** Every error of the native dialect. */
export const errorBody = z.object({
  error: z.object({
    type: z.string(),
    message: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
    request_id: z.string(),
  }),
});
export type ErrorBody = z.infer<typeof errorBody>;

/** A list, as OpenAI's clients expect lists; `has_more` tells that `?limit=` (default 100, at most 1000) cut it. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ object: z.literal('list'), data: z.array(item), has_more: z.boolean() });

/** `GET /v1/models/{model}`: the model's card. */
export const modelCard = z.object({
  id: z.string(),
  object: z.literal('model'),
  /** Seconds since 1970, as OpenAI's clients expect. */
  created: z.int(),
  owned_by: z.string(),
  name: z.string(),
  /** `null` for a model that was brought along, as are target, task, schema and metric. */
  dataset: z.string().nullable(),
  target: z.string().nullable(),
  task: z.enum(['classification', 'regression', 'forecast', ...unsupervisedTasks]).nullable(),
  live: z.string().nullable(),
  versions: z.array(z.string()),
  /** The status answer of TensorFlow Serving, which asks at the same address. */
  model_version_status: z.array(versionStatusSchema),
  schema: modelSchema.nullable(),
  learner: z.string().nullable(),
  metric: z.string().nullable(),
  metrics: metricTable,
  held_out: z.object({ rows: z.int(), metrics: metricTable }).nullable(),
  /** Mean |SHAP| of each raw column over held-out rows; absent if the version has none. */
  importances: z.array(z.object({ column: z.string(), value: z.number() })).optional(),
  /** What a call costs on Lambda; absent if the version's predictions were not timed. */
  cost: modelCost.optional(),
  /** Only of a model that answers behind an endpoint: how that is run, what it understands, and an instance's price. */
  endpoint: z
    .object({
      kind: z.enum(endpointKinds),
      speaks: z.enum(endpointProtocols),
      usd_per_hour: z.number().optional(),
    })
    .optional(),
  candidates: z.array(z.unknown()),
  warnings: z.array(z.unknown()),
  schedule: z.string().nullable(),
  lineage: z.unknown().nullable(),
  /** Only of a model that was brought along: the tensors it takes and gives, and what its file says of itself. */
  ...importedManifest.pick({ signature: true, producer: true, opsets: true }).partial().shape,
  /** Only of a model that turns texts into vectors. */
  embedding: embeddingSettings.optional(),
});
export type ModelCard = z.infer<typeof modelCard>;

/** `GET /v1/models/{model}/versions/{version}`: the manifest and, for TensorFlow Serving's clients, the status. */
export const versionView = publishedVersion.and(
  z.object({ model_version_status: z.array(versionStatusSchema) }),
);

/** What a run waits for that is queued. */
const waiting = z.object({
  /** Its data are not read yet, or every worker is busy. */
  for: z.enum(['data', 'worker']),
  since: z.string(),
  /** Its place among the runs that wait for a worker, from 1. */
  position: z.int().optional(),
  /** Runs in front of it, those at work first, as far as the key may see their models. */
  behind: z
    .array(
      z.object({
        model: z.string(),
        run: z.string(),
        state: z.enum(['queued', 'running']),
        since: z.string(),
        progress: z.number(),
      }),
    )
    .optional(),
});

/** A run as the API shows it: the record without the lease, and what it waits for. */
export const runView = runRecord
  .omit({ lease: true, attempts: true })
  .extend({ waiting: waiting.optional() });
export type RunView = z.infer<typeof runView>;

/** `POST /v1/datasets/{dataset}/uploads`. */
export const uploadRequest = z.strictObject({
  file: z.string(),
  bytes: z.int().min(0).optional(),
});
export const uploadTicket = z.object({
  url: z.string(),
  method: z.literal('PUT'),
  headers: z.record(z.string(), z.string()),
  key: z.string(),
});

/** `PUT /v1/models/{model}/versions` after an upload. */
export const importRequest = z.strictObject({
  upload: z.string().regex(/^[0-9a-f-]{36}$/, 'use the "upload" that POST .../versions/uploads gave'),
});

/** `POST /v1/models/{model}/versions/uploads`. */
export const importUploadRequest = z.strictObject({ bytes: z.int().min(1) });
export const importTicket = uploadTicket.omit({ key: true }).extend({ upload: z.string() });

/** One problem the data contract found; the prediction is given all the same. */
export const predictionWarning = z.object({
  row: z.int(),
  field: z.string(),
  code: z.enum([
    'missing_field',
    'unknown_category',
    'out_of_range',
    'unknown_field',
    'suspicious_unit',
    'small_picture',
    'other_colours',
  ]),
  message: z.string(),
});
export type PredictionWarning = z.infer<typeof predictionWarning>;

/** Why the model predicts this, if `?explain=true` asks for it; the numbers are those of `POST .../explain`. */
const explanation = z
  .object({
    method: z.string(),
    units: z.string(),
    class: z.string().optional(),
    base_value: z.number(),
    prediction: z.number(),
    values: z.record(z.string(), z.number()),
    standard_errors: z.record(z.string(), z.number()).optional(),
    r2: z.number().optional(),
    summary: z.string(),
  })
  .optional();

export const prediction = z.union([
  z.object({
    id: z.string(),
    label: z.string(),
    probabilities: z.record(z.string(), z.number()),
    explanation,
  }),
  z.object({ id: z.string(), value: z.number(), explanation }),
  /** The number of the group that the row is nearest to, and its distances to all of them. */
  z.object({ id: z.string(), cluster: z.string(), distances: z.array(z.number()), explanation }),
  /** Higher the less the row is like others, and whether that is called an anomaly. */
  z.object({ id: z.string(), score: z.number(), anomaly: z.boolean(), explanation }),
]);
/** Of a model that was brought along: its outputs by name, nested as their shapes say. */
export const tensorPrediction = z.object({ id: z.string(), outputs: z.record(z.string(), z.unknown()) });
export const predictResponse = z.object({
  model: z.string(),
  version: z.string(),
  predictions: z.array(z.union([prediction, tensorPrediction])),
  warnings: z.array(predictionWarning),
  /** How many more warnings there were; absent if none. */
  warnings_omitted: z.int().optional(),
});
