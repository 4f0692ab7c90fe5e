/** Datatypes of the Open Inference Protocol, the element types they stand for, and how those are stored. */
import type { ElementType, TensorStorage } from '../../onnx/types.ts';

/** A datatype as the Open Inference Protocol spells it; BF16 is Triton's addition. */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'BF16'
  | 'FP32'
  | 'FP64'
  | 'BYTES';

/** The array behind a tensor of numbers. */
export type NumericStorage = Exclude<TensorStorage, readonly string[]>;

/** How an element type is called, stored and limited. */
export interface Layout {
  readonly datatype: Datatype;
  /** Bytes of one element; 0 for texts, which differ. */
  readonly elementBytes: number;
  /** Smallest and largest value of the integer types. */
  readonly range?: readonly [bigint, bigint];
}

const layout = (datatype: Datatype, elementBytes: number): Layout => ({ datatype, elementBytes });
const signed = (bits: number): Layout => ({
  ...layout(`INT${bits}` as Datatype, bits / 8),
  range: [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n],
});
const unsigned = (bits: number): Layout => ({
  ...layout(`UINT${bits}` as Datatype, bits / 8),
  range: [0n, 2n ** BigInt(bits) - 1n],
});

/** Layouts by element type. */
export const layouts: Readonly<Record<ElementType, Layout>> = {
  bool: layout('BOOL', 1),
  uint8: unsigned(8),
  uint16: unsigned(16),
  uint32: unsigned(32),
  uint64: unsigned(64),
  int8: signed(8),
  int16: signed(16),
  int32: signed(32),
  int64: signed(64),
  float16: layout('FP16', 2),
  bfloat16: layout('BF16', 2),
  float32: layout('FP32', 4),
  float64: layout('FP64', 8),
  string: layout('BYTES', 0),
};

const types = new Map(
  Object.entries(layouts).map(([type, { datatype }]) => [datatype as string, type as ElementType]),
);

/** Every datatype by name, for messages. */
export const datatypeNames: readonly string[] = [...types.keys()];

/** The datatype of an element type. */
export const datatypeOf = (type: ElementType): Datatype => layouts[type].datatype;

/** The element type of a datatype; `undefined` for a name that is none. */
export const elementTypeOf = (datatype: string): ElementType | undefined => types.get(datatype);

/**
 * The array of a type over bytes, or an empty one. Its byte order is that of the machine, which is little-endian
 * wherever Node.js runs on Lambda.
 *
 * @param source a buffer with a first byte that suits the type, or nothing for zeros
 */
export function storageOf(
  type: Exclude<ElementType, 'string'>,
  count: number,
  source: { readonly buffer: ArrayBufferLike; readonly byteOffset: number } = {
    buffer: new ArrayBuffer(count * layouts[type].elementBytes),
    byteOffset: 0,
  },
): NumericStorage {
  return new arrays[type](source.buffer, source.byteOffset, count);
}

const arrays: Readonly<
  Record<
    Exclude<ElementType, 'string'>,
    new (
      buffer: ArrayBufferLike,
      byteOffset: number,
      length: number,
    ) => NumericStorage
  >
> = {
  bool: Uint8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
};
