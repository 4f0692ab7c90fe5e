/** Cleaning and encoding of raw columns: fitted on training rows, emitted as ONNX, applied by running that graph. */
export { fitPreprocessor } from './fit-preprocessor.ts';
export { type Encoder, joinPreprocessors, type NamedPreprocessor } from './join-preprocessors.ts';
export { type ColumnPlace, packColumns, valuesInRow } from './pack-columns.ts';
export { createPreprocessor, declareInputs } from './preprocessor.ts';
export {
  type ColumnInfo,
  type FeatureSelection,
  type FeatureWishes,
  type LeftOutColumn,
  selectFeatures,
} from './select-features.ts';
export type { LearnerStyle, PreprocessOptions } from './settings.ts';
export type { FeatureBlock, FeatureColumn, Preprocessor, PreprocessorState, RawInputs } from './types.ts';
