/** Cyclic redundancy checks of 32 and 64 bits in the reflected form, by eight tables ("slicing by 8"). */

/** Parameters of a reflected CRC whose register starts and ends inverted, as all those of S3 do. */
export interface CrcKind {
  readonly bits: 32 | 64;
  /** Generator polynomial, bits reversed. */
  readonly polynomial: bigint;
}

/** CRC-32 of IEEE 802.3, as in gzip. */
export const crc32Kind: CrcKind = { bits: 32, polynomial: 0xedb88320n };
/** CRC-32C (Castagnoli), RFC 3720. */
export const crc32cKind: CrcKind = { bits: 32, polynomial: 0x82f63b78n };
/** CRC-64/NVME, the default of S3. */
export const crc64NvmeKind: CrcKind = { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n };

interface Tables {
  /** Entry `slice * 256 + byte`, lower and upper 32 bits. */
  readonly low: Int32Array;
  readonly high: Int32Array;
}

const tablesOf = new Map<CrcKind, Tables>();

/** A running CRC. */
export interface Crc {
  update(bytes: Uint8Array): void;
  /** The check value so far, not negative. */
  value(): bigint;
}

/** Starts a CRC over bytes that come in pieces. */
export function createCrc(kind: CrcKind): Crc {
  const tables = tablesOf.get(kind) ?? buildTables(kind);
  tablesOf.set(kind, tables);
  const wide = kind.bits === 64;
  const register = { low: -1, high: wide ? -1 : 0 };
  return {
    update: (bytes) => updateRegister(register, bytes, tables),
    value: () => {
      const low = BigInt(~register.low >>> 0);
      return wide ? (BigInt(~register.high >>> 0) << 32n) | low : low;
    },
  };
}

function buildTables({ polynomial }: CrcKind): Tables {
  const low = new Int32Array(2048);
  const high = new Int32Array(2048);
  const first: bigint[] = [];
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    first.push(value);
  }
  let slice = first;
  for (let index = 0; index < 2048; index += 1) {
    if (index > 0 && index % 256 === 0)
      slice = slice.map((value) => first[Number(value & 0xffn)]! ^ (value >> 8n));
    const value = slice[index % 256]!;
    low[index] = Number(BigInt.asIntN(32, value));
    high[index] = Number(BigInt.asIntN(32, value >> 32n));
  }
  return { low, high };
}

function updateRegister(register: { low: number; high: number }, bytes: Uint8Array, tables: Tables): void {
  const { low: lowTable, high: highTable } = tables;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let { low, high } = register;
  let offset = 0;
  for (; offset + 8 <= bytes.length; offset += 8) {
    const a = low ^ view.getInt32(offset, true);
    const b = high ^ view.getInt32(offset + 4, true);
    const i7 = 1792 + (a & 255);
    const i6 = 1536 + ((a >>> 8) & 255);
    const i5 = 1280 + ((a >>> 16) & 255);
    const i4 = 1024 + (a >>> 24);
    const i3 = 768 + (b & 255);
    const i2 = 512 + ((b >>> 8) & 255);
    const i1 = 256 + ((b >>> 16) & 255);
    const i0 = b >>> 24;
    low =
      lowTable[i7]! ^
      lowTable[i6]! ^
      lowTable[i5]! ^
      lowTable[i4]! ^
      lowTable[i3]! ^
      lowTable[i2]! ^
      lowTable[i1]! ^
      lowTable[i0]!;
    high =
      highTable[i7]! ^
      highTable[i6]! ^
      highTable[i5]! ^
      highTable[i4]! ^
      highTable[i3]! ^
      highTable[i2]! ^
      highTable[i1]! ^
      highTable[i0]!;
  }
  for (; offset < bytes.length; offset += 1) {
    const index = (low ^ bytes[offset]!) & 255;
    low = ((low >>> 8) | (high << 24)) ^ lowTable[index]!;
    high = (high >>> 8) ^ highTable[index]!;
  }
  register.low = low;
  register.high = high;
}

/**
 * CRC of two pieces joined, from the CRC of each and the length of the second: the first CRC times x^(8n) modulo
 * the generator, plus the second (M. Adler's `crc32_combine`).
 */
export function combineCrc(kind: CrcKind, first: bigint, second: bigint, secondBytes: number): bigint {
  const top = 1n << BigInt(kind.bits - 1);
  let power = top;
  let square = top >> 1n;
  for (let exponent = BigInt(secondBytes) * 8n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) power = multiply(kind, power, square);
    square = multiply(kind, square, square);
  }
  return multiply(kind, power, first) ^ second;
}

/** Product of two polynomials over GF(2) modulo the generator; the top bit is the coefficient of x^0. */
function multiply({ bits, polynomial }: CrcKind, left: bigint, right: bigint): bigint {
  let product = 0n;
  let shifted = right;
  for (let bit = 1n << BigInt(bits - 1); bit > 0n; bit >>= 1n) {
    if (left & bit) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}
