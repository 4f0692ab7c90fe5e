/** The binary tensor extension: tensors as their bytes, little-endian, row-major, without padding. */
import { invalidInput, type OnrampError } from '../../core/index.ts';
import type { ElementType, TensorData } from '../../onnx/types.ts';
import { datatypeOf, layouts, storageOf, textOfBytes } from '../tensors/index.ts';

/** What the bytes are to become. */
export interface BinaryTarget {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** What the tensor is called in a message, such as `inputs[0]`. */
  readonly place: string;
}

/**
 * The tensor of some bytes; they are used where they lie if that suits the type, so they must not change afterwards.
 *
 * @throws invalid_request `wrong_size` when there are too few or too many bytes, `wrong_type` for a BOOL that is
 *   neither 0 nor 1 and for BYTES that are no UTF-8
 */
export function tensorFromBytes(bytes: Uint8Array, { type, shape, place }: BinaryTarget): TensorData {
  let count = 1;
  for (const size of shape) count *= size;
  if (type === 'string') return { type, dims: shape, data: readTexts(bytes, count, place) };
  const { elementBytes } = layouts[type];
  if (bytes.length !== count * elementBytes) {
    throw wrongSize(
      place,
      `has ${bytes.length} bytes; the shape [${shape.join(', ')}] of ${datatypeOf(type)} takes ${count * elementBytes}.`,
    );
  }
  const aligned = bytes.byteOffset % elementBytes === 0 ? bytes : new Uint8Array(bytes);
  const data = storageOf(type, count, aligned);
  if (type === 'bool') refuseOtherThanBooleans(data as Uint8Array, place);
  return { type, dims: shape, data };
}

function readTexts(bytes: Uint8Array, count: number, place: string): readonly string[] {
  return elementsOf(bytes, count, place).map((element, index) => textOfBytes(element, `${place}[${index}]`));
}

/**
 * The elements of a tensor of BYTES, each of which is its length as an unsigned 32-bit integer, and then its bytes.
 *
 * @throws invalid_request `wrong_size`
 */
export function elementsOf(bytes: Uint8Array, count: number, place: string): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: Uint8Array[] = [];
  let offset = 0;
  while (texts.length < count) {
    const start = offset + 4;
    const end = start <= bytes.length ? start + view.getUint32(offset, true) : start;
    if (end > bytes.length) {
      throw wrongSize(place, `ends within text ${texts.length} of ${count}; it has ${bytes.length} bytes.`);
    }
    texts.push(bytes.subarray(start, end));
    offset = end;
  }
  if (offset < bytes.length) {
    throw wrongSize(place, `has ${bytes.length - offset} bytes after its ${count} texts.`);
  }
  return texts;
}

function refuseOtherThanBooleans(data: Uint8Array, place: string): void {
  const index = data.findIndex((value) => value > 1);
  if (index < 0) return;
  throw invalidInput(`"${place}[${index}]" must be 0 or 1 (BOOL), not ${data[index]}.`, {
    code: 'wrong_type',
    param: `${place}[${index}]`,
  });
}

const wrongSize = (place: string, message: string): OnrampError =>
  invalidInput(`"${place}" ${message}`, { code: 'wrong_size', param: place });

/** The bytes of a tensor; those of numbers are not copied. */
export function bytesOfTensor({ type, data }: TensorData): Uint8Array {
  if (type === 'string') return writeTexts(data as readonly string[]);
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeTexts(texts: readonly string[]): Uint8Array {
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + 4 + size, 0));
  let offset = 0;
  for (let index = 0; index < texts.length; index += 1) {
    offset = bytes.writeUInt32LE(sizes[index]!, offset);
    offset += bytes.write(texts[index]!, offset);
  }
  return bytes;
}
