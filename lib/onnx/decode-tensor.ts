/** Reads the tensors of an ONNX file, and refuses those that Onramp cannot represent exactly. */
import type { OnrampError } from '../core/index.ts';
import { refuse } from './refusal.ts';
import { TENSOR } from './schema.ts';
import { checkTensor, ELEMENT_LAYOUTS, elementCount, elementTypeOf } from './tensor.ts';
import type { ElementType, TensorData, TensorStorage } from './types.ts';
import type { WireReader } from './wire-reader.ts';

const EXTERNAL = 1;

interface TensorFields {
  name: string;
  dims: (number | bigint)[];
  dataType: number;
  raw: Uint8Array | null;
  texts: string[];
  /** Values of the typed fields, by field number. */
  numbers: Map<number, (number | bigint)[]>;
}

/** A tensor with its name; `''` in an attribute. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: TensorData;
}

/** Reads a TensorProto. Numbers may share memory with the file; a misaligned tensor is copied. */
export function readTensor(reader: WireReader): NamedTensor {
  const fields: TensorFields = { name: '', dims: [], dataType: 0, raw: null, texts: [], numbers: new Map() };
  while (reader.next()) readTensorField(reader, fields);
  const owner = fields.name === '' ? 'a tensor attribute' : `tensor "${fields.name}"`;
  const type = elementTypeOf(fields.dataType, owner);
  const dims = readDims(fields.dims, owner);
  const tensor: TensorData = { type, dims, data: tensorStorage(fields, type, dims, owner) };
  checkTensor(tensor, owner);
  return { name: fields.name, tensor };
}

/** How each list of numbers is written. */
const listKinds: Readonly<Record<number, 'ints' | 'unsignedInts' | 'floats' | 'doubles'>> = {
  [TENSOR.floatData]: 'floats',
  [TENSOR.int32Data]: 'ints',
  [TENSOR.int64Data]: 'ints',
  [TENSOR.doubleData]: 'doubles',
  [TENSOR.uint64Data]: 'unsignedInts',
};

function readTensorField(reader: WireReader, fields: TensorFields): void {
  const { field } = reader;
  const listKind = listKinds[field];
  if (listKind !== undefined) reader[listKind](numbersOf(fields, field));
  else if (field === TENSOR.dims) reader.ints(fields.dims);
  else if (field === TENSOR.dataType) fields.dataType = reader.smallInt();
  else if (field === TENSOR.name) fields.name = reader.string();
  else if (field === TENSOR.rawData) fields.raw = reader.bytes();
  else if (field === TENSOR.stringData) fields.texts.push(reader.string());
  else if (field === TENSOR.externalData) throw externalData();
  else if (field === TENSOR.dataLocation) {
    if (reader.smallInt() === EXTERNAL) throw externalData();
  } else if (field === TENSOR.segment) {
    throw refuse('unsupported_feature', 'a tensor comes in segments; store it as one piece');
  } else reader.skip();
}

const externalData = (): OnrampError =>
  refuse(
    'external_data',
    'the model keeps weights in another file; save it as one file, in Python onnx.save_model(model, path, save_as_external_data=False)',
  );

function numbersOf(fields: TensorFields, field: number): (number | bigint)[] {
  const found = fields.numbers.get(field);
  if (found !== undefined) return found;
  const created: (number | bigint)[] = [];
  fields.numbers.set(field, created);
  return created;
}

function readDims(dims: readonly (number | bigint)[], owner: string): number[] {
  return dims.map((size) => {
    if (size < 0) throw refuse('negative_dimension', `${owner} has the negative dimension ${size}`);
    if (typeof size === 'bigint') throw refuse('tensor_size', `${owner} has the absurd dimension ${size}`);
    return size;
  });
}

function tensorStorage(
  fields: TensorFields,
  type: ElementType,
  dims: readonly number[],
  owner: string,
): TensorStorage {
  const { field, array } = ELEMENT_LAYOUTS[type];
  const filled = filledFields(fields);
  const allowed = array === null ? [field] : [field, TENSOR.rawData];
  if (filled.length > 1 || filled.some((number) => !allowed.includes(number))) {
    throw refuse('malformed_model', `${owner} does not keep its ${type} values in one place that fits them`);
  }
  if (array === null) return fields.texts;
  if (filled[0] === TENSOR.rawData && fields.raw !== null) {
    const size = array.BYTES_PER_ELEMENT;
    const raw = wholeRaw(fields.raw, elementCount(dims) * size, owner);
    // Not raw.slice(): for a Buffer that would be no copy.
    const aligned = raw.byteOffset % size === 0 ? raw : new Uint8Array(raw);
    return new array(aligned.buffer, aligned.byteOffset, raw.length / size);
  }
  // Integers of 64 bits need bigints, all others numbers; a value that is too wide wraps as it does in C.
  const values = fields.numbers.get(field) ?? [];
  const isWide = type === 'int64' || type === 'uint64';
  return array.from((isWide ? values.map(BigInt) : values.map(Number)) as never);
}

function filledFields({ numbers, texts, raw }: TensorFields): number[] {
  const filled = [...numbers].filter(([, values]) => values.length > 0).map(([field]) => field);
  if (texts.length > 0) filled.push(TENSOR.stringData);
  if (raw !== null && raw.length > 0) filled.push(TENSOR.rawData);
  return filled;
}

function wholeRaw(raw: Uint8Array, expectedBytes: number, owner: string): Uint8Array {
  if (raw.length === expectedBytes) return raw;
  throw refuse(
    'tensor_size',
    `${owner} needs ${expectedBytes} bytes by its dimensions but holds ${raw.length}`,
  );
}
