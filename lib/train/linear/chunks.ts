/** Cuts the rows of a matrix into tensors small enough for the processor's cache and for the event loop. */
import type { Matrix } from '../../core/index.ts';
import type { TensorData } from '../../onnx/index.ts';

/** Numbers of a chunk: about 1.6 MB of float32. */
const chunkValues = 400_000;
const leastRows = 256;

/** A range of rows, end exclusive, and its features without a copy. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly features: TensorData;
}

/** All rows in order, the last chunk may be shorter. */
export function rowChunks({ rows, columns, data }: Matrix): readonly Chunk[] {
  const size = Math.max(leastRows, Math.floor(chunkValues / Math.max(1, columns)));
  return Array.from({ length: Math.ceil(rows / size) }, (_, index) => {
    const start = index * size;
    const end = Math.min(rows, start + size);
    const values = data.subarray(start * columns, end * columns);
    return { start, end, features: { type: 'float32', dims: [end - start, columns], data: values } };
  });
}
