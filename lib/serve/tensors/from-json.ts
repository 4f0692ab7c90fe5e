/** From values in JSON to tensors, each value checked and called by its place if it is refused. */
import { invalidInput } from '../../core/index.ts';
import type { ElementType, TensorData, TensorStorage } from '../../onnx/types.ts';
import { datatypeOf, layouts, storageOf } from './datatypes.ts';
import { type FlatValues, flatten } from './flatten.ts';
import { shown, wrongType } from './refusals.ts';

/** What the values are to become. */
export interface TensorTarget {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** What the values are called in a message, such as `inputs[0].data`. */
  readonly place: string;
  /** Texts may be given as `{"b64": "..."}`. */
  readonly base64?: boolean;
}

/**
 * A tensor of values that are nested as the shape says, or flat in row-major order.
 *
 * 64-bit integers are numbers up to 2^53 and `bigint` beyond, as `parseTensorJson` gives them.
 *
 * @throws invalid_request `wrong_shape`, `wrong_type`, `out_of_range` or `binary_only`, naming the place
 */
export function tensorFromNested(value: unknown, target: TensorTarget): TensorData {
  const { type, shape, place } = target;
  refuseHalfFloats(type, place);
  return { type, dims: shape, data: store(flatten(value, shape, place), target) };
}

/** A tensor of which some values are not known. */
export interface PartialTensor {
  readonly tensor: TensorData;
  /** Indexes of the unknown values; the tensor holds nothing of use there. */
  readonly missing: readonly number[];
}

/** Like `tensorFromNested`, but takes `null` for a value that is not known. */
export function partialTensorFromNested(value: unknown, target: TensorTarget): PartialTensor {
  const { type, shape, place } = target;
  refuseHalfFloats(type, place);
  const { values, placeOf } = flatten(value, shape, place);
  const missing: number[] = [];
  for (let index = 0; index < values.length; index += 1) if (values[index] === null) missing.push(index);
  const known = missing.length === 0 ? values : values.map((one) => (one === null ? nothing(type) : one));
  return { tensor: { type, dims: shape, data: store({ values: known, placeOf }, target) }, missing };
}

const nothing = (type: ElementType): unknown => (type === 'string' ? '' : type === 'bool' ? false : 0);

function refuseHalfFloats(type: ElementType, place: string): void {
  if (type !== 'float16' && type !== 'bfloat16') return;
  throw invalidInput(
    `"${place}" is of the datatype ${datatypeOf(type)}, which JSON has no numbers for; use the binary data format.`,
    { code: 'binary_only', param: place },
  );
}

function store(flat: FlatValues, { type, base64 = false }: TensorTarget): TensorStorage {
  if (type === 'string') return storeTexts(flat, base64);
  const data = storageOf(type, flat.values.length);
  if (type === 'bool') storeBooleans(flat, data as Uint8Array);
  else if (type === 'int64' || type === 'uint64') storeLongIntegers(flat, data as BigInt64Array, type);
  else if (layouts[type].range === undefined) storeFloats(flat, data as Float32Array, type);
  else storeIntegers(flat, data as Int32Array, type);
  return data;
}

function storeTexts({ values, placeOf }: FlatValues, base64: boolean): readonly string[] {
  return values.map((value, index) => {
    if (typeof value === 'string') return value;
    if (base64 && typeof value === 'object' && value !== null && 'b64' in value) {
      return textOfBase64(value.b64, `${placeOf(index)}.b64`);
    }
    throw wrongType(placeOf(index), base64 ? 'a text or {"b64": "..."}' : 'a text', value);
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

function textOfBase64(value: unknown, place: string): string {
  if (typeof value !== 'string' || !base64Pattern.test(value)) {
    throw wrongType(place, 'base64 of a UTF-8 text', value);
  }
  return textOfBytes(Buffer.from(value, 'base64'), place);
}

/**
 * The text that bytes spell; texts in ONNX are Unicode.
 *
 * @throws invalid_request `wrong_type` for bytes that are no UTF-8
 */
export function textOfBytes(bytes: Uint8Array, place: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalidInput(`"${place}" must be a text in UTF-8; its bytes are none.`, {
      code: 'wrong_type',
      param: place,
    });
  }
}

function storeBooleans({ values, placeOf }: FlatValues, data: Uint8Array): void {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (typeof value !== 'boolean') throw wrongType(placeOf(index), 'true or false (BOOL)', value);
    data[index] = value ? 1 : 0;
  }
}

function storeFloats({ values, placeOf }: FlatValues, data: Float32Array, type: ElementType): void {
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (typeof value === 'number') data[index] = value;
    else if (typeof value === 'bigint') data[index] = Number(value);
    else throw wrongType(placeOf(index), `a number (${datatypeOf(type)})`, value);
    if (!Number.isFinite(data[index])) throw outOfRange(placeOf(index), type, value);
  }
}

function storeIntegers({ values, placeOf }: FlatValues, data: Int32Array, type: ElementType): void {
  const [low, high] = layouts[type].range!.map(Number) as [number, number];
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (typeof value === 'bigint') throw outOfRange(placeOf(index), type, value);
    if (!Number.isInteger(value)) throw wrongType(placeOf(index), `an integer (${datatypeOf(type)})`, value);
    if ((value as number) < low || (value as number) > high) throw outOfRange(placeOf(index), type, value);
    data[index] = value as number;
  }
}

function storeLongIntegers({ values, placeOf }: FlatValues, data: BigInt64Array, type: ElementType): void {
  const [low, high] = layouts[type].range!;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
      const wanted = `an integer (${datatypeOf(type)}), beyond 2^53 written as digits alone`;
      throw wrongType(placeOf(index), wanted, value);
    }
    const integer = typeof value === 'bigint' ? value : BigInt(value as number);
    if (integer < low || integer > high) throw outOfRange(placeOf(index), type, value);
    data[index] = integer;
  }
}

function outOfRange(place: string, type: ElementType, value: unknown) {
  const { range } = layouts[type];
  const limits = range ? `from ${range[0]} to ${range[1]}` : 'that is not too large for it';
  return invalidInput(`"${place}" must be a ${datatypeOf(type)} number ${limits}, not ${shown(value)}.`, {
    code: 'out_of_range',
    param: place,
  });
}
