/** The layout of the two buckets: every S3 key Onramp reads or writes is made or recognised here. */

const uploadPattern = /^datasets\/([^/]+)\/uploads\/([^/]+)$/;
const datasetManifestPattern = /^datasets\/([^/]+)\/versions\/([0-9a-f]{64})\/manifest\.json$/;
const specPattern = /^models\/([^/]+)\/spec\.json$/;
const trainingPattern = /^models\/([^/]+)\/trainings\/([^/]+)\.json$/;
const retrainPattern = /^models\/([^/]+)\/retrains\/([^/]+)\.json$/;
const versionManifestPattern = /^models\/([^/]+)\/versions\/([1-9][0-9]*)\/manifest\.json$/;
const jobRequestPattern = /^jobs\/([^/]+)\/request\.json$/;
const jobVisitPattern = /^jobs\/([^/]+)\/visits\/(\d+)\.json$/;
const evaluationRequestPattern = /^models\/([^/]+)\/evaluation-requests\/([^/]+)\.json$/;

/** Keys of the data bucket: what users put. */
export const dataKeys = {
  uploads: (dataset: string): string => `datasets/${dataset}/uploads/`,
  upload: (dataset: string, file: string): string => `datasets/${dataset}/uploads/${file}`,
} as const;

/** Keys of the artifact bucket: everything Onramp makes, so that an output can never be taken for an upload. */
export const artifactKeys = {
  datasets: (): string => 'datasets/',
  datasetLatest: (dataset: string): string => `datasets/${dataset}/latest.json`,
  datasetManifest: (dataset: string, digest: string): string =>
    `datasets/${dataset}/versions/${digest}/manifest.json`,
  datasetTable: (dataset: string, digest: string): string =>
    `datasets/${dataset}/versions/${digest}/table.parquet`,
  datasetProfile: (dataset: string, digest: string): string =>
    `datasets/${dataset}/versions/${digest}/profile.json`,
  models: (): string => 'models/',
  model: (model: string): string => `models/${model}/`,
  spec: (model: string): string => `models/${model}/spec.json`,
  aliases: (model: string): string => `models/${model}/aliases.json`,
  runs: (model: string): string => `models/${model}/runs/`,
  run: (model: string, run: string): string => `models/${model}/runs/${run}.json`,
  openRuns: (): string => 'open-runs/',
  /** Marks that a run has not ended; they are listed in the order in which the runs came to be. */
  openRun: ({
    created,
    model,
    run,
  }: {
    readonly created: string;
    readonly model: string;
    readonly run: string;
  }): string => `open-runs/${String(Date.parse(created)).padStart(15, '0')}/${model}/${run}`,
  checkpoints: (): string => 'checkpoints/',
  /** What is kept of a run while it is trained: not below `models/`, so that it expires should it be left over. */
  runCheckpoints: (model: string, run: string): string => `checkpoints/${model}/${run}/`,
  checkpoint: (model: string, run: string, name: string): string => `checkpoints/${model}/${run}/${name}`,
  retrain: (model: string, id: string): string => `models/${model}/retrains/${id}.json`,
  training: (model: string, run: string): string => `models/${model}/trainings/${run}.json`,
  versions: (model: string): string => `models/${model}/versions/`,
  versionManifest: (model: string, version: string): string =>
    `models/${model}/versions/${version}/manifest.json`,
  /** Rows of people: below the model's own prefix, so that they go when the model is removed. */
  background: (model: string, digest: string): string => `models/${model}/backgrounds/${digest}.json`,
  /** The newest values of a model's series. */
  seriesHistory: (model: string, digest: string): string => `models/${model}/histories/${digest}.json`,
  evaluations: (model: string): string => `models/${model}/evaluations/`,
  evaluation: (model: string, id: string): string => `models/${model}/evaluations/${id}.json`,
  evaluationRequest: (model: string, id: string): string => `models/${model}/evaluation-requests/${id}.json`,
  imports: (): string => 'imports/',
  modelImports: (model: string): string => `imports/${model}/`,
  import: (model: string, id: string): string => `imports/${model}/${id}`,
  artifact: (digest: string): string => `artifacts/${digest}`,
  trainingJobs: (): string => 'training-jobs/',
  trainingJob: (name: string): string => `training-jobs/${name}.json`,
  /** SageMaker's own output of training jobs: `{name}/output/model.tar.gz` below it. */
  trainingOutputs: (): string => 'training-outputs/',
  jobs: (): string => 'jobs/',
  job: (id: string): string => `jobs/${id}/`,
  jobRecord: (id: string): string => `jobs/${id}/job.json`,
  /** Written once, when everything else of the job is there: the trigger. */
  jobRequest: (id: string): string => `jobs/${id}/request.json`,
  /** The body of a request that was not waited for. */
  jobBody: (id: string): string => `jobs/${id}/input.json`,
  /** The body for an endpoint that could not be asked at once, of whatever type. */
  jobCall: (id: string): string => `jobs/${id}/call`,
  /** Each written once, when the endpoint is to be asked the nth time: the trigger. */
  jobVisits: (id: string): string => `jobs/${id}/visits/`,
  jobVisit: (id: string, visit: number): string => `jobs/${id}/visits/${visit}.json`,
  jobResults: (id: string): string => `jobs/${id}/results/`,
  /** Each attempt has files of its own, so that a worker thought dead spoils nothing. */
  jobResult: (id: string, attempt: number, file: string): string => `jobs/${id}/results/${attempt}/${file}`,
  /** Marks that a model has this job. */
  modelJobs: (model: string): string => `models/${model}/jobs/`,
  modelJob: (model: string, id: string): string => `models/${model}/jobs/${id}`,
  /** Marks that a model behind an endpoint has this job: not below `models/`, as it is none of ours. */
  endpointJobs: (): string => 'endpoint-jobs/',
  endpointModelJobs: (model: string): string => `endpoint-jobs/${model}/`,
  endpointModelJob: (model: string, id: string): string => `endpoint-jobs/${model}/${id}`,
  jobKeys: (): string => 'job-keys/',
  /** Which job an idempotency key has led to; the key only as a digest. */
  jobKey: (digest: string): string => `job-keys/${digest}.json`,
  /** Files to predict for, brought by users: under no trigger's prefix. */
  jobUploads: (): string => 'job-uploads/',
  jobUpload: (model: string, id: string, file: string): string => `job-uploads/${model}/${id}/${file}`,
  /** What asynchronous endpoints read and write: requests by us, answers and failures by SageMaker under names of its own. */
  endpointInputs: (): string => 'endpoint-inputs/',
  endpointInput: (endpoint: string, id: string): string => `endpoint-inputs/${endpoint}/${id}`,
  /** Files for such a request, brought by users. */
  endpointUploads: (endpoint: string, model: string): string =>
    `endpoint-inputs/${endpoint}/uploads/${model}/`,
  endpointUpload: (
    endpoint: string,
    model: string,
    upload: { readonly id: string; readonly file: string },
  ): string => `endpoint-inputs/${endpoint}/uploads/${model}/${upload.id}/${upload.file}`,
  endpointAnswers: (): string => 'endpoint-answers/',
  /** Requests and answers that an endpoint keeps a share of. */
  endpointCaptures: (): string => 'endpoint-captures/',
  /** What was used on a day (`2026-11-22`), an hour (`09`) by hour: one object for each batch of log lines. */
  usageDay: (day: string): string => `usage/ledger/${day}/`,
  usageHour: (day: string, hour: string): string => `usage/ledger/${day}/${hour}/`,
  usageBatch: (day: string, hour: string, digest: string): string =>
    `usage/ledger/${day}/${hour}/${digest}.jsonl`,
  /** Sums of an hour or a day, each under a name that says what of the ledger it sums. */
  usageHourSum: (day: string, hour: string, name: string): string =>
    `usage/hours/${day}/${hour}/${name}.json`,
  usageDaySum: (day: string, name: string): string => `usage/days/${day}/${name}.json`,
  /** Marks of batches that came after their day was summed. */
  usageLateMarks: (): string => 'usage/late/',
  usageLateMark: (day: string, digest: string): string => `usage/late/${day}/${digest}`,
  /** What of its limits a caller has used up; the name only as a digest. */
  usageLimits: (digest: string): string => `usage/limits/${digest}.json`,
} as const;

const openRunPattern = /^open-runs\/(\d{15})\/([^/]+)\/([^/]+)$/;

/** The run that a key under `openRuns` marks; `null` for any other key. */
export function openRunOf(
  key: string,
): { readonly createdMs: number; readonly model: string; readonly run: string } | null {
  const [, created, model, run] = openRunPattern.exec(key) ?? [];
  return created && model && run ? { createdMs: Number(created), model, run } : null;
}

const jobInputPattern = /^(?:datasets\/([^/]+)\/uploads|job-uploads\/([^/]+)\/[^/]+)\/[^/]+$/;

/** Whose upload a key is that a job is to read; `null` for any other key. */
export function ownerOfInput(
  key: string,
): { readonly kind: 'dataset' | 'model'; readonly name: string } | null {
  const [, dataset, model] = jobInputPattern.exec(key) ?? [];
  if (dataset !== undefined) return { kind: 'dataset', name: dataset };
  return model === undefined ? null : { kind: 'model', name: model };
}

/** What a key that triggers work speaks of. */
export type TriggerKey =
  | { readonly kind: 'upload'; readonly dataset: string; readonly file: string }
  | { readonly kind: 'dataset-ready'; readonly dataset: string; readonly digest: string }
  | { readonly kind: 'spec'; readonly model: string }
  | { readonly kind: 'training'; readonly model: string; readonly id: string }
  | { readonly kind: 'retrain'; readonly model: string; readonly id: string }
  | { readonly kind: 'version'; readonly model: string; readonly version: string }
  | { readonly kind: 'evaluation-request'; readonly model: string; readonly id: string }
  | { readonly kind: 'job'; readonly id: string }
  | { readonly kind: 'job-visit'; readonly id: string; readonly visit: number };

/** Reads a key that an event names; `null` for a key that starts nothing. */
export function parseTriggerKey(key: string): TriggerKey | null {
  let found = uploadPattern.exec(key);
  if (found) return { kind: 'upload', dataset: found[1]!, file: found[2]! };
  found = datasetManifestPattern.exec(key);
  if (found) return { kind: 'dataset-ready', dataset: found[1]!, digest: found[2]! };
  found = specPattern.exec(key);
  if (found) return { kind: 'spec', model: found[1]! };
  found = trainingPattern.exec(key);
  if (found) return { kind: 'training', model: found[1]!, id: found[2]! };
  found = retrainPattern.exec(key);
  if (found) return { kind: 'retrain', model: found[1]!, id: found[2]! };
  found = versionManifestPattern.exec(key);
  if (found) return { kind: 'version', model: found[1]!, version: found[2]! };
  found = evaluationRequestPattern.exec(key);
  if (found) return { kind: 'evaluation-request', model: found[1]!, id: found[2]! };
  found = jobRequestPattern.exec(key);
  if (found) return { kind: 'job', id: found[1]! };
  found = jobVisitPattern.exec(key);
  if (found) return { kind: 'job-visit', id: found[1]!, visit: Number(found[2]) };
  return null;
}
