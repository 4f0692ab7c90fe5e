/** Jobs: predictions for a whole file, for a request that is not waited for, or of an endpoint that cannot answer at once. */
import * as z from 'zod';
import { isAddress } from './endpoint-call.ts';
import { jobPreparation } from './endpoint-input.ts';
import { failure } from './records.ts';

const time = z.iso.datetime();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** How long a job is kept with its files, counted from its creation; and what one job may bring. */
export const jobLimits = {
  keptMs: 7 * 24 * 3_600_000,
  /** S3 takes no more in one upload. */
  uploadBytes: 5 * 1024 ** 3,
} as const;

/** What one request of an endpoint with a queue may bring: SageMaker's own limit. */
export const endpointJobLimits = { uploadBytes: 1024 ** 3 } as const;

export const jobState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobState>;

export const jobFormat = z.enum(['csv', 'jsonl', 'parquet']);
export type JobFormat = z.infer<typeof jobFormat>;

/** How the rows of a job are taken. */
export const jobOptions = z.object({
  /** Data unlike those of the training are an error of the row. */
  strict: z.boolean(),
  /** What is written for an answer that is no finite number. */
  non_finite: z.enum(['error', 'null', 'string']),
  /** A row that cannot be read is left empty and told in the error file, or ends the job. */
  on_error: z.enum(['skip', 'stop']),
});
export type JobOptions = z.infer<typeof jobOptions>;

/** A file a job has made; a row is a line of it. What an endpoint answered has no rows, but a type of its own. */
export const jobFile = z.object({
  key: z.string(),
  size_bytes: z.int(),
  rows: z.int().nullable(),
  content_type: z.string().optional(),
});
export type JobFile = z.infer<typeof jobFile>;

/** What a job reads: a table, any other file, or the body of a request. */
export const jobInput = z.object({
  kind: z.enum(['table', 'body', 'file']),
  bucket: z.enum(['data', 'artifacts']),
  key: z.string(),
  /** The user's name of the file. */
  file: z.string(),
  etag: z.string(),
  size_bytes: z.int(),
});
export type JobInput = z.infer<typeof jobInput>;

/** What is said of every job. */
export const jobFields = z.object({
  id: z.string(),
  model: z.string(),
  state: jobState,
  /** 0 to 1. */
  progress: z.number().min(0).max(1),
  message: z.string(),
  /** Rows of the input; `null` until it is read. */
  rows: z.int().nullable(),
  rows_done: z.int(),
  /** Rows without a prediction, as the error file tells. */
  rows_failed: z.int(),
  warnings: z.int(),
  input: jobInput,
  /** Digest of the idempotency key it was made with. */
  idempotency: digest.nullable(),
  attempts: z.int(),
  lease: z.object({ owner: z.string(), expires: time }).nullable(),
  created: time,
  started: time.nullable(),
  ended: time.nullable(),
  /** Kept at least until then. */
  expires: time,
  result: jobFile.nullable(),
  errors: jobFile.nullable(),
  error: failure.nullable(),
});

/** A job that a worker of ours does. */
export const rowsJobRecord = jobFields.extend({
  /** The version that answers, whatever goes live meanwhile, and the digest of its file. */
  version: z.string(),
  artifact: digest,
  output: z.object({ format: jobFormat, keep: z.array(z.string()) }),
  options: jobOptions,
});
export type RowsJobRecord = z.infer<typeof rowsJobRecord>;

/** Who asked for a job, and by which route: it is metered for them. */
const jobAsked = z.object({ caller: z.string(), method: z.string(), route: z.string() });
export type JobAsked = z.infer<typeof jobAsked>;

/** A job in the queue of a SageMaker endpoint, which tells of its outcome by one of two objects. */
export const endpointJobRecord = jobFields.extend({
  endpoint: z.object({
    name: z.string(),
    content_type: z.string(),
    accept: z.string().optional(),
    custom_attributes: z.string().optional(),
    /** Keys of the answer and of the words on a failure; `null` until SageMaker has the request. */
    ticket: z.object({ answer: z.string(), failure: z.string().nullable() }).nullable(),
    /** When it had it. */
    handed_over: time.optional(),
    /** What a worker of ours is to make of the input first; gone once that is done. */
    preparation: jobPreparation.optional(),
    /** Key of the file that was uploaded for the job, where its input is what was made of that. */
    upload: z.string().optional(),
    /** Absent in records of earlier versions. */
    asked: jobAsked.optional(),
    /** By then SageMaker has given it up. */
    due: time,
  }),
});
export type EndpointJobRecord = z.infer<typeof endpointJobRecord>;

/**
 * How a request waits for an endpoint that has no instance: after each visit in vain it goes through a queue that
 * delays, so that nobody works meanwhile; SageMaker adds an instance within minutes, or has none to give.
 */
export const callJobLimits = { visitEverySeconds: 5, waitMs: 3_600_000 } as const;

/** A request for an endpoint without a queue of its own, which a worker of ours sends as soon as the endpoint answers. */
export const callJobRecord = jobFields.extend({
  call: z.object({
    endpoint: z.string(),
    component: z.string().optional(),
    content_type: z.string(),
    accept: z.string().optional(),
    custom_attributes: z.string().optional(),
    target_variant: z.string().optional(),
    target_model: z.string().optional(),
    session_id: z.string().optional(),
    /** What the answer is; vectors are given under the model's name in the API, all else as it comes. */
    answer: z.enum(['any', 'vectors', 'text']),
    ...jobAsked.shape,
    /** How often the endpoint was asked in vain: the number of the visit that is due. */
    visits: z.int(),
    /** When the endpoint has not answered by then, the job fails. */
    due: time,
  }),
});
export type CallJobRecord = z.infer<typeof callJobRecord>;

/** `jobs/{id}/job.json`: one job from its creation to its outcome; changed by compare-and-swap only. */
export const jobRecord = z.union([callJobRecord, endpointJobRecord, rowsJobRecord]);
export type JobRecord = z.infer<typeof jobRecord>;

/** `POST /v1/models/{model}/jobs`. */
export const jobRequest = z.strictObject({
  input: z.union(
    [
      z.strictObject({ s3: z.string().regex(/^s3:\/\/[^/]+\/.+$/) }),
      z.strictObject({ key: z.string().min(1).max(1024) }),
    ],
    { error: 'use {"key": "..."} or {"s3": "s3://bucket/key"}' },
  ),
  output: z
    .strictObject({
      format: jobFormat.default('csv'),
      /** Columns of the input that are copied into the result. */
      keep: z.array(z.string().min(1)).max(1000).default([]),
    })
    .prefault({}),
  /** Default: the version that is live when the job is made. */
  version: z.string().optional(),
  strict: z.boolean().default(false),
  non_finite: jobOptions.shape.non_finite.default('error'),
  on_error: jobOptions.shape.on_error.default('skip'),
});
export type JobRequest = z.infer<typeof jobRequest>;

/** `POST /v1/models/{model}/jobs` of a model behind an endpoint with a queue. */
export const endpointJobRequest = z.strictObject({
  input: jobRequest.shape.input,
  /** What the input is, and what the answer is to be. */
  content_type: z.string().min(1).max(1024),
  accept: z.string().min(1).max(1024).optional(),
  /** What the container is told beside it. */
  custom_attributes: z
    .string()
    .min(1)
    .max(1024)
    .refine((attributes) => !isAddress(attributes), 'what begins so is for our own containers')
    .optional(),
});
export type EndpointJobRequest = z.infer<typeof endpointJobRequest>;

/** A file to download: good for a while; asking for the job anew gives a new address. */
const download = jobFile.omit({ key: true }).extend({ url: z.string() });

/** A job as the API shows it. */
export const jobView = jobFields
  .omit({
    state: true,
    idempotency: true,
    attempts: true,
    lease: true,
    result: true,
    errors: true,
  })
  .extend({
    object: z.literal('job'),
    status: jobState,
    /** What there is for rows and not for an endpoint is `null`. */
    version: z.string().nullable(),
    output: rowsJobRecord.shape.output.nullable(),
    options: jobOptions.nullable(),
    input: jobInput.pick({ kind: true, file: true, size_bytes: true }),
    /** Addresses of the result and of the error file; the latter only if a row failed. */
    result: download.nullable(),
    errors: download.nullable(),
  });
export type JobView = z.infer<typeof jobView>;

/** One line of the error file: a row without a prediction, and its first fault. */
export const jobRowError = z.object({
  /** Counted from 0. */
  row: z.int(),
  field: z.string().nullable(),
  code: z.string(),
  message: z.string(),
});
export type JobRowError = z.infer<typeof jobRowError>;
