/** Element types in numbers, and tensors from plain lists. */
import { refuse } from './refusal.ts';
import { TENSOR } from './schema.ts';
import type { ElementType, TensorData, TensorStorage } from './types.ts';

type NumericArray = Exclude<TensorStorage, readonly string[]>;

interface NumericArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericArray;
  from(values: ArrayLike<number> & ArrayLike<bigint>): NumericArray;
}

/** How an element type is stored: in the file and in memory. */
export interface ElementLayout {
  /** TensorProto.DataType. */
  readonly code: number;
  /** The TensorProto field that lists the values when there is no raw data. */
  readonly field: number;
  /** The array in memory; strings have none. */
  readonly array: NumericArrayConstructor | null;
}

const layout = (code: number, field: number, array: unknown): ElementLayout => ({
  code,
  field,
  array: array as NumericArrayConstructor | null,
});

/** Storage by element type; the data types that are missing here (complex, float8, 4 and 2 bits) are refused. */
export const ELEMENT_LAYOUTS: Readonly<Record<ElementType, ElementLayout>> = {
  float32: layout(1, TENSOR.floatData, Float32Array),
  uint8: layout(2, TENSOR.int32Data, Uint8Array),
  int8: layout(3, TENSOR.int32Data, Int8Array),
  uint16: layout(4, TENSOR.int32Data, Uint16Array),
  int16: layout(5, TENSOR.int32Data, Int16Array),
  int32: layout(6, TENSOR.int32Data, Int32Array),
  int64: layout(7, TENSOR.int64Data, BigInt64Array),
  string: layout(8, TENSOR.stringData, null),
  bool: layout(9, TENSOR.int32Data, Uint8Array),
  float16: layout(10, TENSOR.int32Data, Uint16Array),
  float64: layout(11, TENSOR.doubleData, Float64Array),
  uint32: layout(12, TENSOR.uint64Data, Uint32Array),
  uint64: layout(13, TENSOR.uint64Data, BigUint64Array),
  bfloat16: layout(16, TENSOR.int32Data, Uint16Array),
};

const typesByCode = new Map(
  Object.entries(ELEMENT_LAYOUTS).map(([type, { code }]) => [code, type as ElementType]),
);

/** Names of the data types that ONNX knows and Onramp does not take. */
const unsupportedTypes: Readonly<Record<number, string>> = {
  14: 'COMPLEX64',
  15: 'COMPLEX128',
  17: 'FLOAT8E4M3FN',
  18: 'FLOAT8E4M3FNUZ',
  19: 'FLOAT8E5M2',
  20: 'FLOAT8E5M2FNUZ',
  21: 'UINT4',
  22: 'INT4',
  23: 'FLOAT4E2M1',
  24: 'FLOAT8E8M0',
  25: 'UINT2',
  26: 'INT2',
};

/**
 * The element type with a TensorProto.DataType number.
 *
 * @param owner what has the type, for the message
 * @throws OnrampError `unsupported_type`
 */
export function elementTypeOf(code: number, owner: string): ElementType {
  const type = typesByCode.get(code);
  if (type !== undefined) return type;
  const name = code === 0 ? 'no element type' : `element type ${unsupportedTypes[code] ?? code}`;
  throw refuse(
    'unsupported_type',
    `${owner} has ${name}; supported are ${Object.keys(ELEMENT_LAYOUTS).join(', ')}`,
  );
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (const size of dims) count *= size;
  return count;
}

/**
 * Refuses a tensor whose dimensions and data disagree.
 *
 * @throws OnrampError `negative_dimension` or `tensor_size`
 */
export function checkTensor(tensor: TensorData, owner: string): void {
  const { dims, data, type } = tensor;
  if (dims.some((size) => !Number.isSafeInteger(size) || size < 0)) {
    throw refuse(
      'negative_dimension',
      `${owner} has the dimensions [${dims}]; each must be an integer from 0 up`,
    );
  }
  if (elementCount(dims) !== data.length) {
    throw refuse(
      'tensor_size',
      `${owner} has the dimensions [${dims}] (${elementCount(dims)} values) but holds ${data.length} values`,
    );
  }
  const { array } = ELEMENT_LAYOUTS[type];
  const fits = array === null ? Array.isArray(data) : data.constructor === array;
  if (!fits) {
    const wanted =
      array === null ? 'an array of strings' : `a ${(array as unknown as { name: string }).name}`;
    throw refuse('unsupported_type', `${owner} has the element type ${type}, whose data must be ${wanted}`);
  }
}

/** float32 tensor of plain numbers; a vector unless `dims` says otherwise. */
export const floatTensor = (values: ArrayLike<number>, dims?: readonly number[]): TensorData => ({
  type: 'float32',
  dims: dims ?? [values.length],
  data: values instanceof Float32Array ? values : Float32Array.from(values),
});

/**
 * int64 tensor of whole numbers; a vector unless `dims` says otherwise.
 *
 * @throws OnrampError `unsupported_type` for a number that is not a safe integer
 */
export function integerTensor(
  values: ArrayLike<number>,
  dims: readonly number[] = [values.length],
): TensorData {
  const data = new BigInt64Array(values.length);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (!Number.isSafeInteger(value)) {
      throw refuse('unsupported_type', `value ${index} of an int64 tensor is ${value}, not a safe integer`);
    }
    data[index] = BigInt(value);
  }
  return { type: 'int64', dims, data };
}

/** string tensor; a vector unless `dims` says otherwise. */
export const stringTensor = (values: readonly string[], dims?: readonly number[]): TensorData => ({
  type: 'string',
  dims: dims ?? [values.length],
  data: values,
});
