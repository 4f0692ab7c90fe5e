/** Arrays that worker threads see without copying. */
import { invalidInput } from '../../core/index.ts';
import { WASM_PAGE, WASM_PAGES } from './wasm.ts';

/** Zeroed shared float64 array. */
export const sharedFloat64 = (length: number): Float64Array =>
  new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));

/** Zeroed shared float32 array. */
export const sharedFloat32 = (length: number): Float32Array =>
  new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));

/** Zeroed shared int32 array. */
export const sharedInt32 = (length: number): Int32Array =>
  new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));

/** Zeroed shared bytes. */
export const sharedBytes = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));

/** Copies numbers into a new shared array. */
export function copyInto<Shared extends { set(values: ArrayLike<number>): void }>(
  shared: Shared,
  values: ArrayLike<number>,
): Shared {
  shared.set(values);
  return shared;
}

/** Zeroed shared arrays in one memory, which WebAssembly reaches too: `byteOffset` is the address. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  float64(length: number): Float64Array;
  int32(length: number): Int32Array;
  bytes(length: number): Uint8Array;
}

/** An empty arena; every array starts on a page of its own. */
export function createArena(): Arena {
  const memory = new WebAssembly.Memory({ initial: 0, maximum: WASM_PAGES, shared: true });
  const grow = (bytes: number): number => {
    try {
      return WASM_PAGE * memory.grow(Math.ceil(bytes / WASM_PAGE));
    } catch {
      throw invalidInput('the fit needs more than 4 GiB of working memory; train on fewer rows or columns');
    }
  };
  // Growing replaces the buffer, so it must come before the buffer is read.
  const place = (bytes: number): [ArrayBufferLike, number] => {
    const offset = grow(bytes);
    return [memory.buffer, offset];
  };
  return {
    memory,
    float64: (length) => new Float64Array(...place(8 * length), length),
    int32: (length) => new Int32Array(...place(4 * length), length),
    bytes: (length) => new Uint8Array(...place(length), length),
  };
}
