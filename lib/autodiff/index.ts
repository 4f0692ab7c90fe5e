/** Differentiable graphs: networks are written once on a tape, trained by the gradients it gives, and served. */
export { type Arithmetic, arithmetic, type Operand } from './arithmetic.ts';
export { differentiate } from './differentiate.ts';
export { createTape } from './tape.ts';
export type {
  ForwardContext,
  Initial,
  Network,
  ParameterSpec,
  Tape,
  TapeNode,
  Tensor,
  Weights,
} from './types.ts';
