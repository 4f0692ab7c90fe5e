/** Reads the protobuf wire format (protobuf.dev, "Encoding") without trusting a single length. */
import type { OnrampError } from '../core/index.ts';
import { refuse } from './refusal.ts';

/** Protobuf's wire types; the group types 3 and 4 are long dead and refused. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const TWO_32 = 2 ** 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A cursor over the fields of one message. Call `next`, look at `field`, then read its value or `skip` it.
 *
 * Every method throws OnrampError `malformed_model` for bytes that are not what they should be.
 */
export class WireReader {
  /** Number of the field the cursor is at. */
  field = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #position: number;
  #wireType = VARINT;
  /** The halves of the last varint, each unsigned. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, view?: DataView) {
    this.#bytes = bytes;
    this.#view = view ?? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  /** Where in the bytes the cursor is: before `next` at the beginning of a field, after its value at the end. */
  get position(): number {
    return this.#position;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#position >= this.#end) return false;
    this.#varint();
    this.field = Math.floor((this.#high * TWO_32 + this.#low) / 8);
    this.#wireType = this.#low & 7;
    if (this.field === 0 || this.#high !== 0) throw this.#malformed('a field number is out of range');
    return true;
  }

  /** Passes over a field nobody wants. */
  skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED64) this.#take(8);
    else if (this.#wireType === LENGTH) this.#takeDelimited();
    else if (this.#wireType === FIXED32) this.#take(4);
    else throw this.#malformed(`wire type ${this.#wireType} is not in use`);
  }

  /** An int64, as a number if that is exact. */
  int(): number | bigint {
    this.#expect(VARINT);
    return this.#signed();
  }

  /** An int32, int64 or enum that has to be a safe integer. */
  smallInt(): number {
    const value = this.int();
    if (typeof value === 'bigint') throw this.#malformed(`the number ${value} is out of range`);
    return value;
  }

  float(): number {
    this.#expect(FIXED32);
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** The bytes of a field, not copied. */
  bytes(): Uint8Array {
    this.#expect(LENGTH);
    const start = this.#takeDelimited();
    return this.#bytes.subarray(start, this.#position);
  }

  /** A UTF-8 text; other bytes are refused, because they could not be written back. */
  string(): string {
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.#malformed('a text is not UTF-8');
    }
  }

  /** A message inside this one. */
  message(): WireReader {
    this.#expect(LENGTH);
    const start = this.#takeDelimited();
    return new WireReader(this.#bytes, start, this.#position, this.#view);
  }

  /** A repeated int64, int32, bool or enum, packed or not; read values are appended. */
  ints(into: (number | bigint)[]): void {
    this.#repeated(VARINT, () => into.push(this.#signed()));
  }

  /** A repeated uint64, packed or not; read values are appended. */
  unsignedInts(into: (number | bigint)[]): void {
    this.#repeated(VARINT, () => into.push(this.#unsigned()));
  }

  /** A repeated float32, packed or not; read values are appended. */
  floats(into: (number | bigint)[]): void {
    this.#repeated(FIXED32, () => into.push(this.#view.getFloat32(this.#take(4), true)));
  }

  /** A repeated float64, packed or not; read values are appended. */
  doubles(into: (number | bigint)[]): void {
    this.#repeated(FIXED64, () => into.push(this.#view.getFloat64(this.#take(8), true)));
  }

  #repeated(wireType: number, readOne: () => void): void {
    if (this.#wireType === wireType) {
      readOne();
      return;
    }
    this.#expect(LENGTH);
    const start = this.#takeDelimited();
    const end = this.#position;
    this.#position = start;
    while (this.#position < end) readOne();
    if (this.#position !== end) throw this.#malformed('a packed list ends inside a value');
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) {
      throw this.#malformed(`field ${this.field} has wire type ${this.#wireType} instead of ${wireType}`);
    }
  }

  #signed(): number | bigint {
    this.#varint();
    const value = (this.#high | 0) * TWO_32 + this.#low;
    return Number.isSafeInteger(value) ? value : BigInt.asIntN(64, this.#exact());
  }

  #unsigned(): number | bigint {
    this.#varint();
    const value = this.#high * TWO_32 + this.#low;
    return Number.isSafeInteger(value) ? value : this.#exact();
  }

  #exact(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  /** Seven bits a byte, the lowest first; bits 28 to 34 lie across the two halves. */
  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#position >= this.#end) throw this.#malformed('a number is cut off');
      const byte = this.#bytes[this.#position++]!;
      const bits = byte & 0x7f;
      if (shift === 63 && bits > 1) break;
      if (shift < 32) low |= bits << shift;
      if (shift === 28) high |= bits >>> 4;
      else if (shift > 28) high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw this.#malformed('a number is longer than 64 bits');
  }

  #takeDelimited(): number {
    this.#varint();
    return this.#take(this.#high * TWO_32 + this.#low);
  }

  /** Moves on by a count of bytes and returns where they begin. */
  #take(count: number): number {
    const start = this.#position;
    const left = this.#end - start;
    if (count > left) {
      throw this.#malformed(`a field claims ${count} bytes where ${left} are left (is the file cut off?)`);
    }
    this.#position = start + count;
    return start;
  }

  #malformed(what: string): OnrampError {
    return refuse('malformed_model', `not a valid ONNX file: near byte ${this.#position}, ${what}`);
  }
}

/**
 * Reads a message that may appear once. Protobuf would merge a second one into the first: two readers that differ in
 * this see two different models, so it is refused.
 */
export function readOnce<T>(what: string, previous: T | null, read: () => T): T {
  if (previous !== null) throw refuse('malformed_model', `not a valid ONNX file: a ${what} appears twice`);
  return read();
}
