/** The body of a request: taken out of its encoding, counted, and checked against every digest the client sent. */
import { createHash } from 'node:crypto';
import { decodeAwsChunked } from './aws-chunked.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  checksumMismatch,
  createChecksum,
  isChecksumValue,
  parseChecksumAlgorithm,
} from './checksums.ts';
import type { S3Request } from './exchange.ts';
import { s3Error } from './s3-error.ts';

/** Largest body of one PUT. */
export const maxObjectBytes = 5 * 1024 ** 3;
const maxDocumentBytes = 2 * 1024 ** 2;

/** A body that may be read once. */
export interface VerifiedBody {
  /** Throws at the end, before the reader can take the body for whole, when a digest does not fit. */
  readonly bytes: AsyncIterable<Buffer>;
  /** What was computed on the way; valid once `bytes` is read. */
  digests(): BodyDigests;
}

/** Digests of the decoded bytes. */
export interface BodyDigests {
  /** Hexadecimal. */
  readonly md5: string;
  readonly checksum?: Checksum;
}

interface Expectations {
  readonly md5: string | undefined;
  readonly sha256: string | undefined;
  readonly algorithm: ChecksumAlgorithm | undefined;
  /** `undefined` while it is still to come in the trailer, or when none was sent. */
  value: string | undefined;
  readonly inTrailer: boolean;
}

/**
 * Prepares to read a body.
 *
 * @param fallback checksum algorithm to compute when the client sent none
 * @throws MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest before anything is read
 */
export function verifiedBody(
  request: S3Request,
  maxBytes: number,
  fallback?: ChecksumAlgorithm,
): VerifiedBody {
  const { headers, authorization } = request;
  const expected = expectations(headers, authorization.payloadHash);
  const framing = payloadFraming(authorization.payloadHash);
  const length = headers.get(framing === 'plain' ? 'content-length' : 'x-amz-decoded-content-length');
  if (length === undefined || !/^\d+$/.test(length)) throw s3Error('MissingContentLength');
  if (Number(length) > maxBytes) throw s3Error('EntityTooLarge');
  const algorithm = expected.algorithm ?? fallback;
  let digests: BodyDigests | undefined;

  const decoded = (): AsyncIterable<Buffer> =>
    framing === 'plain'
      ? request.rawBody()
      : decodeAwsChunked(request.rawBody(), {
          signer: framing.signed ? authorization : null,
          trailer: framing.trailer,
          onTrailer: (fields) => takeTrailer(expected, fields),
        });
  async function* bytes(): AsyncGenerator<Buffer, void, undefined> {
    const md5 = createHash('md5');
    const sha256 = expected.sha256 === undefined ? null : createHash('sha256');
    const checksum = algorithm === undefined ? null : createChecksum(algorithm);
    let count = 0;
    for await (const piece of decoded()) {
      count += piece.length;
      if (count > Number(length)) break;
      md5.update(piece);
      sha256?.update(piece);
      checksum?.update(piece);
      yield piece;
    }
    if (count !== Number(length)) throw s3Error('IncompleteBody');
    const found = {
      md5: md5.digest(),
      sha256: sha256?.digest('hex'),
      value: checksum?.digest().toString('base64'),
    };
    compareDigests(expected, found);
    digests = { md5: found.md5.toString('hex') };
    if (algorithm !== undefined && found.value !== undefined) {
      digests = { ...digests, checksum: { algorithm, type: 'FULL_OBJECT', value: found.value } };
    }
  }
  return { bytes: bytes(), digests: () => digests! };
}

/** Reads a small body whole, as text. @throws EntityTooLarge above 2 MiB */
export async function readDocument(request: S3Request): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of verifiedBody(request, maxDocumentBytes).bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function payloadFraming(
  payloadHash: string,
): 'plain' | { readonly signed: boolean; readonly trailer: boolean } {
  if (!payloadHash.startsWith('STREAMING-')) return 'plain';
  const trailer = payloadHash.endsWith('-TRAILER');
  const kind = trailer ? payloadHash.slice(0, -'-TRAILER'.length) : payloadHash;
  if (kind === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD') return { signed: true, trailer };
  if (kind === 'STREAMING-UNSIGNED-PAYLOAD' && trailer) return { signed: false, trailer };
  throw s3Error('NotImplemented', `This server does not know the payload encoding ${payloadHash}.`);
}

function expectations(headers: ReadonlyMap<string, string>, payloadHash: string): Expectations {
  const md5 = headers.get('content-md5');
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16) throw s3Error('InvalidDigest');
  const isHash = /^[0-9a-f]{64}$/.test(payloadHash);
  if (!isHash && payloadHash !== 'UNSIGNED-PAYLOAD' && !payloadHash.startsWith('STREAMING-')) {
    throw s3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-..., or a valid sha256 value.',
    );
  }
  return { md5, sha256: isHash ? payloadHash : undefined, ...expectedChecksum(headers) };
}

function expectedChecksum(
  headers: ReadonlyMap<string, string>,
): Pick<Expectations, 'algorithm' | 'value' | 'inTrailer'> {
  const sent = checksumAlgorithms.filter((algorithm) => headers.has(checksumHeader(algorithm)));
  const trailer = headers.get('x-amz-trailer')?.trim().toLowerCase();
  const trailing = checksumAlgorithms.find((algorithm) => checksumHeader(algorithm) === trailer);
  if (sent.length + (trailing ? 1 : 0) > 1) {
    throw s3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const announced = headers.get('x-amz-sdk-checksum-algorithm');
  const algorithm = sent[0] ?? trailing;
  if (announced !== undefined && parseChecksumAlgorithm(announced) !== algorithm) {
    throw s3Error(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  const value = algorithm && headers.get(checksumHeader(algorithm));
  if (algorithm && value !== undefined) refuseMalformed(algorithm, value);
  return { algorithm, value, inTrailer: trailing !== undefined };
}

function takeTrailer(expected: Expectations, fields: ReadonlyMap<string, string>): void {
  if (!expected.inTrailer || !expected.algorithm) return;
  const value = fields.get(checksumHeader(expected.algorithm));
  if (value === undefined) throw s3Error('MalformedTrailerError');
  refuseMalformed(expected.algorithm, value);
  expected.value = value;
}

function refuseMalformed(algorithm: ChecksumAlgorithm, value: string): void {
  if (isChecksumValue(algorithm, value)) return;
  throw s3Error('InvalidRequest', `Value for ${checksumHeader(algorithm)} header is invalid.`);
}

function compareDigests(
  expected: Expectations,
  found: { readonly md5: Buffer; readonly sha256: string | undefined; readonly value: string | undefined },
): void {
  if (expected.sha256 !== found.sha256) throw s3Error('XAmzContentSHA256Mismatch');
  if (expected.md5 !== undefined && expected.md5 !== found.md5.toString('base64')) {
    throw s3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  if (expected.algorithm && expected.value !== found.value) throw checksumMismatch(expected.algorithm);
}
