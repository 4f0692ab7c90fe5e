/** The typed client of the HTTP API, and what its users at a terminal show. */
export type { PredictAnswer, Prediction } from './answers.ts';
export { ApiError, type ApiErrorDetails } from './api-error.ts';
export type { Answer, CallOptions, OperationId } from './call-types.ts';
export { type ApiClient, type ClientOptions, createClient } from './client.ts';
export { embedLine } from './embed-line.ts';
export {
  type CurlOptions,
  curlLine,
  type ExampleRow,
  exampleRow,
  forecastCurlLine,
  quote,
} from './example-request.ts';
export { isUnreachable, type RetryOptions } from './exchange.ts';
export { count, estimateText, metricLines, modelLines, shortNumber, tableLines } from './figures.ts';
export { type FollowOptions, followRun, isOver, runLine } from './follow.ts';
export type { Operations } from './generated/api.ts';
export { type ImportFileOptions, importFile } from './import-file.ts';
export { type InferLineOptions, inferLine } from './infer-line.ts';
export { followJob, isJobOver, type Job, type JobOptions, jobLine, startJob } from './jobs.ts';
export { createLiveLines, type LineOutput, type LiveLine, type LiveLines } from './live-lines.ts';
export { type Pushed, type PushOptions, pushFile } from './push.ts';
export { downloadFile } from './upload.ts';
