/** Tensors as JSON text, every number exact. */
import type { TensorData } from '../../onnx/types.ts';
import { nonFiniteNumber, number32 } from '../numbers.ts';
import type { NonFinitePolicy } from '../service.ts';
import { bfloat16Value, float16Value } from './half-floats.ts';

/**
 * The values in row-major order as one JSON array. 64-bit integers are written with all their digits, 32-bit floats
 * with as few as read back as the same float.
 *
 * @param policy what becomes of NaN and infinities
 * @param name of the output, for the refusal of those
 * @throws invalid_request `non_finite_output` under the policy `error`
 */
export function writeTensorData(tensor: TensorData, policy: NonFinitePolicy, name: string): string {
  const { type, data } = tensor;
  if (isPlainInteger(type)) return `[${(data as Int32Array).join(',')}]`;
  const write = elementWriter(tensor, policy, name);
  const texts = new Array<string>(data.length);
  for (let index = 0; index < data.length; index += 1) texts[index] = write(index);
  return `[${texts.join(',')}]`;
}

/**
 * The entries along the first dimension, each as JSON text nested by the dimensions that are left: for the shape
 * [2, 3] two arrays of three numbers. A tensor without dimensions has one entry.
 *
 * @param base64 whether texts are written as `{"b64": "..."}`
 * @throws invalid_request `non_finite_output` under the policy `error`
 */
export function writeTensorRows(
  tensor: TensorData,
  policy: NonFinitePolicy,
  name: string,
  { base64 = false }: { readonly base64?: boolean } = {},
): string[] {
  const write =
    base64 && tensor.type === 'string' ? base64Writer(tensor) : elementWriter(tensor, policy, name);
  const [rows = 1, ...shape] = tensor.dims;
  let next = 0;
  const nest = (depth: number): string => {
    const size = shape[depth];
    if (size === undefined) return write(next++);
    const texts = new Array<string>(size);
    for (let index = 0; index < size; index += 1) texts[index] = nest(depth + 1);
    return `[${texts.join(',')}]`;
  };
  return Array.from({ length: rows }, () => nest(0));
}

const base64Writer =
  ({ data }: TensorData) =>
  (index: number): string =>
    `{"b64":"${Buffer.from(data[index] as string).toString('base64')}"}`;

const isPlainInteger = (type: TensorData['type']): boolean => /^u?int/.test(type);

/** What writes one element, by its index, as JSON. */
function elementWriter(
  { type, data }: TensorData,
  policy: NonFinitePolicy,
  name: string,
): (index: number) => string {
  const what = (index: number): string => `output "${name}"[${index}]`;
  /** A zero keeps its sign: `-0` would be read as an integer elsewhere, which has none. */
  const float = (value: number, index: number, write: (value: number) => string): string => {
    if (value === 0) return Object.is(value, -0) ? '-0.0' : '0';
    return Number.isFinite(value) ? write(value) : nonFiniteNumber(value, policy, what(index));
  };
  const shortest = (value: number): string => number32(value, policy, name);
  switch (type) {
    case 'string':
      return (index) => JSON.stringify(data[index]);
    case 'bool':
      return (index) => (data[index] ? 'true' : 'false');
    case 'float32':
      return (index) => float(data[index] as number, index, shortest);
    case 'float64':
      return (index) => float(data[index] as number, index, String);
    case 'float16':
      return (index) => float(float16Value(data[index] as number), index, String);
    case 'bfloat16':
      return (index) => float(bfloat16Value(data[index] as number), index, String);
    default:
      return (index) => String(data[index]);
  }
}
