/** The stations of the circle, each run from stored inputs: ingest, train, evaluate; and jobs. */

export { type BatchContext, createJobModels } from './batch/open-input.ts';
export { runJob } from './batch/run-job.ts';
export type { Delivery, PipelineContext, TrainingLimits } from './context.ts';
export { type EvaluationNotice, evaluateNoticed } from './evaluate-version.ts';
export { ingestUpload, type UploadNotice } from './ingest-upload.ts';
export { trainInJob } from './train-job.ts';
export { startsTraining, type TrainNotice, trainNoticed } from './train-run.ts';
export { lookAfterJobs, trainingJobEnded } from './training-jobs.ts';
