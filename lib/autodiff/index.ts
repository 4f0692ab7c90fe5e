/** Differentiable graphs: networks are written once on a tape, trained by the gradients it gives, and served. */
export { type Arithmetic, arithmetic, type Operand } from './arithmetic.ts';
export { differentiate } from './differentiate.ts';
/** Networks are put together from these: `networkOf(sequence([dense(4, 8), activation('Relu'), dense(8, 1)]), 'x')`. */
export * from './layers/index.ts';
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
