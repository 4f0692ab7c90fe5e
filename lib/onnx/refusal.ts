/** The reasons for which a model file is refused, so that a caller can tell them apart without reading prose. */
import { invalidInput, type OnrampError } from '../core/index.ts';

/** Stable codes of the errors that reading, checking and building of ONNX models throw. */
export type RefusalCode =
  | 'not_onnx'
  | 'malformed_model'
  | 'model_too_large'
  | 'too_many_nodes'
  | 'nested_too_deep'
  | 'external_data'
  | 'tensor_size'
  | 'negative_dimension'
  | 'unsupported_type'
  | 'unsupported_attribute'
  | 'unsupported_feature'
  | 'local_functions'
  | 'training_info'
  | 'unknown_domain'
  | 'missing_opset'
  | 'undefined_value'
  | 'duplicate_name'
  | 'no_outputs'
  | 'endless_loop'
  | 'unbounded_loop'
  | 'unsupported_name'
  | 'signature_too_large';

/** The error for a model that cannot be used; throw what it returns. */
export const refuse = (code: RefusalCode, message: string): OnrampError => invalidInput(message, { code });
