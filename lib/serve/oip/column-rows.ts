/** Raw columns for a trained model, one input tensor each. */
import { invalidInput, shortestNumber } from '../../core/index.ts';
import type { TensorData } from '../../onnx/types.ts';
import type { RowSource } from '../decode-rows.ts';
import type { Signature } from '../signature.ts';
import {
  bfloat16Value,
  datatypeOf,
  float16Value,
  type PartialTensor,
  partialTensorFromNested,
} from '../tensors/index.ts';
import type { PlainRange } from '../write-values.ts';
import { elementsOf, tensorFromBytes } from './binary-tensors.ts';
import type { InferInput } from './infer-request.ts';
import { matchInputs, wrongShape } from './match-tensors.ts';

/**
 * The rows of a request whose inputs are columns of the shape [N] or [N, 1]. A value is missing if it is `null`, or NaN
 * in binary form.
 *
 * @throws invalid_request naming the input
 */
export function columnRows(inputs: readonly InferInput[], signature: Signature): RowSource {
  const { features, ignored, plainRanges } = signature;
  const names = features.map(({ name }) => name);
  const byName = matchInputs(inputs, names, ignored);
  const [rows = 0] = inputs[0]!.shape;
  for (const input of inputs) {
    const [first, second = 1] = input.shape;
    if (first === rows && second === 1 && input.shape.length <= 2) continue;
    throw wrongShape(
      input,
      `each column takes the shape [N] or [N, 1] with the same N, which is ${rows} in the first`,
    );
  }
  const columns: Record<string, ArrayLike<unknown>> = Object.create(null);
  for (const [index, { name, type }] of features.entries()) {
    if (type === 'image') {
      columns[name] = picturesOf(byName.get(name)!);
      continue;
    }
    const kind = type === 'numeric' ? (plainRanges[index] ?? nothingPlain) : 'text';
    columns[name] = columnOf(byName.get(name)!, kind);
  }
  const nameOf = (row: number, field: string): string => `${valuePlace(byName.get(field)!)}[${row}]`;
  return { kind: 'columns', columns, rows, place: 'inputs', nameOf };
}

/** Pictures as they are in binary form; in base64 in JSON, where `null` is a missing one. */
function picturesOf(input: InferInput): ArrayLike<unknown> {
  if (input.type !== 'string') throw wrongDatatype(input, 'BYTES');
  const { content, shape, place } = input;
  if (content.kind === 'binary') return elementsOf(content.bytes, shape[0]!, place);
  const { tensor, missing } = partialTensor(input);
  const holes = new Set(missing);
  return Array.from(tensor.data as readonly string[], (text, row) => (holes.has(row) ? null : text));
}

/** The refusal of an input of another datatype than its values can have. */
export const wrongDatatype = ({ name, type, place }: InferInput, wanted: string): Error =>
  invalidInput(`"${place}.datatype" is ${datatypeOf(type)}; "${name}" takes ${wanted}.`, {
    code: 'wrong_datatype',
    param: `${place}.datatype`,
  });

/** What the values of an input are called in a message. */
export const valuePlace = ({ content, place }: InferInput): string =>
  content.kind === 'json' ? `${place}.data` : place;

/** An input of which values may be missing; 32-bit floats in JSON are left as precise as they were written. */
export function partialTensor(input: InferInput): PartialTensor {
  const { content, shape, place } = input;
  if (content.kind === 'json') {
    const type = input.type === 'float32' ? 'float64' : input.type;
    return partialTensorFromNested(content.data, { type, shape, place: valuePlace(input) });
  }
  return { tensor: tensorFromBytes(content.bytes, { type: input.type, shape, place }), missing: [] };
}

/** No number lies in it. */
const nothingPlain: PlainRange = { lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY };

/** @param kind of the column: texts, or numbers of which those in a range need no second look */
function columnOf(input: InferInput, kind: PlainRange | 'text'): ArrayLike<unknown> {
  const { tensor, missing } = partialTensor(input);
  const values = kind === 'text' ? scalarsOf(tensor) : shortened(numbersOf(tensor), kind);
  const holes = [...missing, ...nanIndexes(values)];
  if (holes.length === 0) return values;
  const column: unknown[] = Array.from(values);
  for (const hole of holes) column[hole] = null;
  return column;
}

function nanIndexes(values: ArrayLike<unknown>): readonly number[] {
  const found: number[] = [];
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return found;
  for (let index = 0; index < values.length; index += 1) if (Number.isNaN(values[index])) found.push(index);
  return found;
}

/** The values for a numeric column; a BOOL is 0 or 1, texts stay what they are. */
export function numbersOf({ type, data }: TensorData): ArrayLike<unknown> {
  switch (type) {
    case 'float16':
      return Float64Array.from(data as Uint16Array, float16Value);
    case 'bfloat16':
      return Float64Array.from(data as Uint16Array, bfloat16Value);
    case 'int64':
    case 'uint64':
      return Float64Array.from(data as unknown as ArrayLike<number>, Number);
    default:
      return data;
  }
}

/** FP32 as they would be written, where that is looked at: what means "missing" is known as -999.9, not -999.9000244140625. */
function shortened(values: ArrayLike<unknown>, { lowest, highest }: PlainRange): ArrayLike<unknown> {
  if (!(values instanceof Float32Array)) return values;
  let copy: Float64Array | undefined;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index]!;
    if (value >= lowest && value <= highest) continue;
    copy ??= new Float64Array(values);
    copy[index] = shortestNumber(value);
  }
  return copy ?? values;
}

/** The values for a column of texts, spelled as JSON would have them: a FP32 of 0.1 is 0.1, not 0.10000000149011612. */
function scalarsOf(tensor: TensorData): ArrayLike<unknown> {
  const { type, data } = tensor;
  switch (type) {
    case 'bool':
      return Array.from(data as Uint8Array, (value) => value === 1);
    case 'float32':
      return Float64Array.from(data as Float32Array, shortestNumber);
    case 'int64':
    case 'uint64':
      return Array.from(data as BigInt64Array, (value) =>
        Number.isSafeInteger(Number(value)) ? Number(value) : String(value),
      );
    default:
      return numbersOf(tensor);
  }
}
