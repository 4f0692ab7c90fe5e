/** Writes the protobuf wire format (protobuf.dev, "Encoding") into one growing buffer. */
import { refuse } from './refusal.ts';

/** Protobuf parsers, also those of onnxruntime and Python, refuse messages over 2 GiB - 1. */
const MAX_MESSAGE_BYTES = 0x7fffffff;
const MAX_VARINT_BYTES = 10;
const utf8 = new TextEncoder();

/** An append-only protobuf message; fields appear in the order in which they are written. */
export class WireWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;

  /** @param capacityBytes room to start with; a good guess saves copying */
  constructor(capacityBytes = 256) {
    this.#bytes = new Uint8Array(Math.max(capacityBytes, 64));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** An int32, int64, uint64, bool or enum field. */
  int(field: number, value: number | bigint): void {
    this.#tag(field, 0);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#tag(field, 5);
    this.#float(value);
  }

  /** A text as UTF-8; a lone surrogate is refused because it has no UTF-8 form. */
  string(field: number, value: string): void {
    if (!value.isWellFormed()) {
      throw refuse(
        'malformed_model',
        `text with half a surrogate pair cannot be stored: ${JSON.stringify(value)}`,
      );
    }
    this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, 2);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A packed list of integers; nothing is written for an empty one. */
  ints(field: number, values: ArrayLike<number> | readonly bigint[]): void {
    if (values.length === 0) return;
    this.message(field, () => {
      for (let index = 0; index < values.length; index += 1) this.#varint(values[index]!);
    });
  }

  /** A packed list of float32; nothing is written for an empty one. */
  floats(field: number, values: ArrayLike<number>): void {
    if (values.length === 0) return;
    this.#tag(field, 2);
    this.#varint(values.length * 4);
    for (let index = 0; index < values.length; index += 1) this.#float(values[index]!);
  }

  /** A message inside this one; `write` puts its fields into this same writer. */
  message(field: number, write: () => void): void {
    this.#tag(field, 2);
    const start = this.#length;
    write();
    const size = this.#length - start;
    // The length comes first on the wire but is known last: write it behind the body, then swap the two.
    this.#varint(size);
    const prefix = this.#bytes.slice(start + size, this.#length);
    this.#bytes.copyWithin(start + prefix.length, start, start + size);
    this.#bytes.set(prefix, start);
  }

  /** Fields that are on the wire already. */
  append(fields: Uint8Array): void {
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.#length);
    this.#length += fields.length;
  }

  /** The message so far, without a copy. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #float(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  #varint(value: number | bigint): void {
    this.#reserve(MAX_VARINT_BYTES);
    if (typeof value === 'bigint' || (value | 0) !== value || value < 0) {
      this.#longVarint(twosComplement(value));
      return;
    }
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  #longVarint(value: bigint): void {
    let rest = value;
    while (rest > 0x7fn) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_MESSAGE_BYTES) {
      throw refuse(
        'model_too_large',
        'an ONNX file holds at most 2 GiB; make the model smaller or quantize it',
      );
    }
    const grown = new Uint8Array(Math.min(Math.max(needed, this.#bytes.length * 2), MAX_MESSAGE_BYTES));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function twosComplement(value: number | bigint): bigint {
  const exact = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value) : null;
  if (exact === null || exact < -(2n ** 63n) || exact >= 2n ** 64n) {
    throw refuse('malformed_model', `${value} is not a whole number of 64 bits; pass large ones as a bigint`);
  }
  return BigInt.asUintN(64, exact);
}
