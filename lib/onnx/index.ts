/** Everything ONNX: the file format, graphs built by hand, and sessions that run them. */
export { attr } from './attributes.ts';
export { checkModel } from './check-model.ts';
export { cutModel } from './cut-model.ts';
export { decodeModel } from './decode.ts';
export { encodeModel } from './encode.ts';
export { extendModel, type ModelOutline, outlineModel, readMetadata } from './extend-model.ts';
export { createGraphBuilder, type GraphBuilderOptions } from './graph-builder.ts';
export { type InspectionLimits, inspectModel } from './inspect/inspect-model.ts';
export type { ModelInspection } from './inspect/inspection.ts';
export { DEFAULT_LIMITS, type ModelLimits } from './limits.ts';
export type { RefusalCode } from './refusal.ts';
export { createSession, type ModelSession, type SessionOptions } from './session.ts';
export { elementCount, floatTensor, integerTensor, stringTensor } from './tensor.ts';
export type {
  Attributes,
  AttributeValue,
  Dimension,
  ElementType,
  GraphBuilder,
  GraphModel,
  NodeModel,
  NodeOptions,
  OnnxModel,
  TensorData,
  TensorStorage,
  Value,
  ValueInfo,
} from './types.ts';
export { warmUpRuntime } from './warm-up.ts';
