/** Arrays that worker threads see without copying. */

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
