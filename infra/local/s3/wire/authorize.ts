/** Who sent a request: the Authorization header or a presigned URL, checked in the order in which S3 refuses. */
import {
  type CanonicalParts,
  type CredentialScope,
  type Credentials,
  canonicalRequest,
  parseCredential,
  parseTimestamp,
  signatureAlgorithm,
  signaturesMatch,
  signingKey,
  signRequest,
} from '../../aws/index.ts';
import { type S3Error, s3Error } from './s3-error.ts';

/** A request as far as its signature covers it. */
export type SignedRequest = Omit<CanonicalParts, 'signedHeaders' | 'payloadHash'>;

/** What a good signature tells about the body, and what signs the chunks of a streamed one. */
export interface Authorization {
  readonly accessKeyId: string;
  /** Hash of the body, `UNSIGNED-PAYLOAD`, or one of the `STREAMING-...` words. */
  readonly payloadHash: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly scope: CredentialScope;
  readonly key: Buffer;
}

interface Claim {
  readonly scope: CredentialScope;
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payloadHash: string;
  readonly query: readonly (readonly [string, string])[];
}

const maxSkewMs = 15 * 60 * 1000;
const maxExpiresSeconds = 7 * 24 * 3600;

/**
 * Checks the signature of a request.
 *
 * @param context the only credentials there are, and the time in milliseconds since 1970
 * @throws the refusals of S3: AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed and others
 */
export function authorize(
  request: SignedRequest,
  context: { readonly credentials: Credentials; readonly nowMs: number },
): Authorization {
  const header = request.headers.authorization?.[0];
  const presigned = request.query.some(([name]) => name === 'X-Amz-Signature' || name === 'X-Amz-Algorithm');
  if (header !== undefined && presigned) {
    throw s3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified.',
    );
  }
  if (request.query.some(([name]) => name === 'AWSAccessKeyId')) throw unsupportedMechanism();
  if (header === undefined && !presigned) throw s3Error('AccessDenied');
  const claim = header === undefined ? claimOfQuery(request, context.nowMs) : claimOfHeader(request, header);
  if (claim.scope.accessKeyId !== context.credentials.accessKeyId) throw s3Error('InvalidAccessKeyId');
  refuseUnsignedHeaders(request, claim.signedHeaders, presigned);
  const key = signingKey(context.credentials.secretAccessKey, claim.scope);
  const canonical = canonicalRequest({ ...request, ...claim });
  const expected = signRequest(canonical, claim.timestamp, claim.scope, key);
  if (!signaturesMatch(expected, claim.signature)) {
    throw s3Error('SignatureDoesNotMatch', undefined, {
      fields: { AWSAccessKeyId: claim.scope.accessKeyId, CanonicalRequest: canonical },
    });
  }
  if (!presigned && Math.abs(parseTimestamp(claim.timestamp)! - context.nowMs) > maxSkewMs) {
    throw s3Error('RequestTimeTooSkewed', undefined, {
      fields: { RequestTime: claim.timestamp, ServerTime: new Date(context.nowMs).toISOString() },
    });
  }
  return { ...claim, accessKeyId: claim.scope.accessKeyId, key };
}

/** boto3 and the AWS command line 1 still sign URLs by version 2 in us-east-1; in other regions they use version 4. */
function unsupportedMechanism(): S3Error {
  return s3Error(
    'InvalidRequest',
    `The authorization mechanism you have provided is not supported. Please use ${signatureAlgorithm}: set signature_version to s3v4.`,
  );
}

function claimOfHeader(request: SignedRequest, header: string): Claim {
  if (!header.startsWith(signatureAlgorithm)) throw unsupportedMechanism();
  const fields = new Map(
    header
      .slice(signatureAlgorithm.length)
      .split(',')
      .map((field) => field.trim().split('=', 2) as [string, string]),
  );
  const scope = parseCredential(fields.get('Credential') ?? '');
  const signedHeaders = fields.get('SignedHeaders')?.split(';');
  const signature = fields.get('Signature');
  if (scope?.service !== 's3' || !signedHeaders || !signature) throw s3Error('AuthorizationHeaderMalformed');
  const timestamp = request.headers['x-amz-date']?.[0];
  if (timestamp === undefined || parseTimestamp(timestamp) === null) {
    throw s3Error('AccessDenied', 'AWS authentication requires a valid x-amz-date header');
  }
  if (!timestamp.startsWith(scope.date)) {
    throw s3Error(
      'AuthorizationHeaderMalformed',
      'The credential date does not match the date of x-amz-date.',
    );
  }
  const payloadHash = request.headers['x-amz-content-sha256']?.[0];
  if (payloadHash === undefined) {
    throw s3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return { scope, timestamp, signedHeaders, signature, payloadHash, query: request.query };
}

function claimOfQuery(request: SignedRequest, nowMs: number): Claim {
  const query = new Map(request.query);
  const scope = parseCredential(query.get('X-Amz-Credential') ?? '');
  const timestamp = query.get('X-Amz-Date') ?? '';
  const issuedMs = parseTimestamp(timestamp);
  const signedHeaders = query.get('X-Amz-SignedHeaders')?.split(';');
  const signature = query.get('X-Amz-Signature');
  const expires = query.get('X-Amz-Expires') ?? '';
  if (query.get('X-Amz-Algorithm') !== signatureAlgorithm || scope?.service !== 's3' || issuedMs === null) {
    throw s3Error('AuthorizationQueryParametersError');
  }
  if (!signedHeaders || !signature || !timestamp.startsWith(scope.date)) {
    throw s3Error('AuthorizationQueryParametersError');
  }
  if (!/^\d+$/.test(expires) || Number(expires) > maxExpiresSeconds) {
    throw s3Error(
      'AuthorizationQueryParametersError',
      `X-Amz-Expires must be a number of seconds up to ${maxExpiresSeconds}.`,
    );
  }
  const expiresMs = issuedMs + Number(expires) * 1000;
  if (issuedMs - nowMs > maxSkewMs) throw s3Error('AccessDenied', 'Request is not valid yet');
  if (nowMs > expiresMs) {
    const fields = { Expires: new Date(expiresMs).toISOString(), ServerTime: new Date(nowMs).toISOString() };
    throw s3Error('AccessDenied', 'Request has expired', { fields });
  }
  const payloadHash =
    request.headers['x-amz-content-sha256']?.[0] ?? query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD';
  const unsignedQuery = request.query.filter(([name]) => name !== 'X-Amz-Signature');
  return { scope, timestamp, signedHeaders, signature, payloadHash, query: unsignedQuery };
}

/** S3 wants the host and every `x-amz-` header under the signature, or they could be changed on the way. */
function refuseUnsignedHeaders(request: SignedRequest, signed: readonly string[], presigned: boolean): void {
  const exempt = presigned ? 'x-amz-content-sha256' : '';
  const missing = Object.keys(request.headers).filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && name !== exempt && !signed.includes(name),
  );
  if (missing.length === 0) return;
  throw s3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    fields: { HeadersNotSigned: missing.join(', ') },
  });
}
