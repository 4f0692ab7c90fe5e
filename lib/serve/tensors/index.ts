/** Tensors and JSON: every datatype in both directions, without loss. Shared by the dialects that speak of tensors. */
export {
  type Datatype,
  datatypeNames,
  datatypeOf,
  elementTypeOf,
  layouts,
  storageOf,
} from './datatypes.ts';
export { maxDimensions, shapeOf } from './flatten.ts';
export {
  type PartialTensor,
  partialTensorFromNested,
  type TensorTarget,
  tensorFromNested,
  textOfBytes,
} from './from-json.ts';
export { bfloat16Value, float16Value } from './half-floats.ts';
export { parseTensorJson } from './parse-json.ts';
export { type PictureColumn, pictureColumn } from './picture-column.ts';
export { shown, wrongCount, wrongType } from './refusals.ts';
export { writeTensorData, writeTensorRows } from './to-json.ts';
