/** Answers prediction requests: rows in, tensors through the live version, rows out, in every dialect. */
export {
  type DecodedRows,
  type DecodeOptions,
  decoderOf,
  type RowDecoder,
  type RowSource,
} from './decode-rows.ts';
export { type Answer, encodePredictions } from './encode-predictions.ts';
export { findDeclared, handOff, loadInputMakers, prepared } from './hand-off/index.ts';
export type { MatrixForm } from './hand-off/row-matrix.ts';
export { withLabels } from './labelled-session.ts';
export { createModelCache, type ModelCache, type ModelCacheOptions, type Models } from './model-cache.ts';
export { number32 } from './numbers.ts';
export type { EmbeddingModel } from './openai/embedder.ts';
export { serveOperations } from './operations.ts';
export { type RowReader, readerOf } from './read-rows.ts';
export { nativeRows } from './row-source.ts';
export type {
  LargeModels,
  NonFinitePolicy,
  ServeAnswer,
  ServeContext,
  ServeOperation,
  ServeOperations,
  ServeOptions,
  ServeRequest,
} from './service.ts';
export { modelAsked, serveOptions } from './service.ts';
export { compileSignature } from './signature.ts';
export { type PictureColumn, pictureColumn } from './tensors/index.ts';
export type { LoadedModel, Releasable, RowModel, TensorModel } from './version-cache.ts';
export { requireRows } from './version-cache.ts';
