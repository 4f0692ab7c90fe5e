/** Answers prediction requests: rows in, tensors through the live version, rows out. */
export { compileDecoder, type DecodedRows, type RowDecoder } from './decode-rows.ts';
export { type Answer, encodePredictions } from './encode-predictions.ts';
export { createModelCache, type ModelCache, type ModelCacheOptions } from './model-cache.ts';
export { type PredictRequest, predict } from './predict.ts';
export type { LoadedModel } from './version-cache.ts';
