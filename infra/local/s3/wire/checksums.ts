/** The five checksum algorithms of S3: names on the wire, running digests, and checksums of assembled uploads. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type CrcKind, combineCrc, crc32cKind, crc32Kind, crc64NvmeKind, createCrc } from './crc.ts';
import { type S3Error, s3Error } from './s3-error.ts';

/** In the order in which S3 lists them. */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];
/** Over the bytes of the object, or over the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A checksum as stored with an object. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64 of the big-endian bytes; composite ones end in `-` and the number of parts. */
  readonly value: string;
}

/** A digest over bytes that come in pieces. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};
const crcKinds: Readonly<Partial<Record<ChecksumAlgorithm, CrcKind>>> = {
  CRC32: crc32Kind,
  CRC32C: crc32cKind,
  CRC64NVME: crc64NvmeKind,
};

/** `x-amz-checksum-crc32` and so on. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** `ChecksumCRC32` and so on: the name in XML. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

/** The algorithm a client names, in any case. @throws InvalidRequest for an unknown one */
export function parseChecksumAlgorithm(name: string): ChecksumAlgorithm {
  const found = checksumAlgorithms.find((algorithm) => algorithm === name.toUpperCase());
  if (!found) throw s3Error('InvalidRequest', `Checksum algorithm provided is unsupported: ${name}`);
  return found;
}

/** Starts a checksum; native code where Node has it. */
export function createChecksum(algorithm: ChecksumAlgorithm): RunningDigest {
  if (algorithm === 'SHA1' || algorithm === 'SHA256') return createHash(algorithm.toLowerCase());
  if (algorithm === 'CRC32') {
    let value = 0;
    return {
      update: (bytes) => {
        value = crc32(bytes, value);
      },
      digest: () => bigEndian(BigInt(value), 4),
    };
  }
  const crc = createCrc(crcKinds[algorithm]!);
  return { update: crc.update, digest: () => bigEndian(crc.value(), digestBytes[algorithm]) };
}

/** True for base64 of the right number of bytes. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === digestBytes[algorithm] && bytes.toString('base64') === value;
}

/** The refusal for a checksum that was sent and does not fit the bytes. */
export function checksumMismatch(algorithm: ChecksumAlgorithm): S3Error {
  return s3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
}

/**
 * Checksum of an object assembled from parts.
 *
 * @param parts checksum (base64) and size of each part, in order
 * @throws InvalidRequest for a full-object checksum by SHA, which cannot be joined
 */
export function assembleChecksum(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly value: string; readonly sizeBytes: number }[],
): Checksum {
  if (type === 'COMPOSITE') {
    const digest = createChecksum(algorithm);
    for (const { value } of parts) digest.update(Buffer.from(value, 'base64'));
    return { algorithm, type, value: `${digest.digest().toString('base64')}-${parts.length}` };
  }
  const kind = crcKinds[algorithm];
  if (!kind)
    throw s3Error('InvalidRequest', `The FULL_OBJECT checksum type cannot be used with ${algorithm}.`);
  const joined = parts.reduce(
    (crc, { value, sizeBytes }) =>
      combineCrc(kind, crc, BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`), sizeBytes),
    0n,
  );
  return { algorithm, type, value: bigEndian(joined, digestBytes[algorithm]).toString('base64') };
}

function bigEndian(value: bigint, bytes: number): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}
