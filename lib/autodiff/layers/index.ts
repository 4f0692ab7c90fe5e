/** Layers of networks. */
export { type AttentionLayer, hiddenScore, selfAttention } from './attention.ts';
export {
  type ActivationName,
  activation,
  dense,
  dropout,
  embedding,
  flatten,
  type WeightOptions,
} from './basic.ts';
export { type Layer, networkOf, prefixed, residual, sequence, within } from './layer.ts';
export { batchNormalization, layerNormalization } from './normalisation.ts';
export { type CellKind, type RecurrentOptions, recurrent } from './recurrent.ts';
export {
  averagePool,
  type ConvolutionOptions,
  convolution,
  globalAveragePool,
  globalMaxPool,
  maxPool,
  type PooledConvolutionOptions,
  pooledConvolution,
  type WindowOptions,
} from './spatial.ts';
