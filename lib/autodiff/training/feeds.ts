/** Typed arrays as tensors. */
import type { TensorData } from '../../onnx/index.ts';

export const float32Vector = (data: Float32Array): TensorData => ({
  type: 'float32',
  dims: [data.length],
  data,
});

/** float32 [rows, width]. */
export const float32Table = (data: Float32Array, rows: number): TensorData => ({
  type: 'float32',
  dims: [rows, data.length / rows],
  data,
});
