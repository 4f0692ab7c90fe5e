/** Who asks a service: AWS Signature Version 4 over the whole request, as its clients sign. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AwsRefusal } from './refusal.ts';
import {
  canonicalRequest,
  parseCredential,
  parseTimestamp,
  signatureAlgorithm,
  signaturesMatch,
  signingKey,
  signRequest,
} from './signature.ts';
import { encodeUri } from './uri.ts';

/** The one key pair that a service knows. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What a signature is held to. */
export interface AuthorizeOptions {
  readonly credentials: Credentials;
  readonly nowMs: number;
  /** Name of the service in the signature. */
  readonly service: string;
}

const maxSkewMs = 15 * 60_000;

/**
 * Checks the signature of a request.
 *
 * @throws AwsRefusal as Amazon refuses a request without, with an unknown or with a wrong signature
 */
export function authorize(
  { method = '', url = '', headersDistinct: headers }: IncomingMessage,
  body: Buffer,
  { credentials, nowMs, service }: AuthorizeOptions,
): void {
  const header = headers.authorization?.[0];
  if (header === undefined) {
    throw new AwsRefusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const [, credential = '', signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=(\w+)$/.exec(header) ?? [];
  const scope = parseCredential(credential);
  const timestamp = headers['x-amz-date']?.[0] ?? '';
  const sentMs = parseTimestamp(timestamp);
  if (!scope || sentMs === null) {
    throw new AwsRefusal(
      'IncompleteSignatureException',
      `The Authorization header must be ${signatureAlgorithm} with Credential, SignedHeaders, Signature, and come with X-Amz-Date.`,
    );
  }
  if (scope.accessKeyId !== credentials.accessKeyId) {
    throw new AwsRefusal(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const canonical = canonicalRequest({
    method,
    // Unlike S3, other services sign the path encoded once more than it is sent.
    rawPath: pathname.split('/').map(encodeUri).join('/'),
    query: [...searchParams],
    headers,
    signedHeaders: signedHeaders.split(';'),
    payloadHash: createHash('sha256').update(body).digest('hex'),
  });
  const expected = signRequest(canonical, timestamp, scope, signingKey(credentials.secretAccessKey, scope));
  const isFresh = Math.abs(sentMs - nowMs) <= maxSkewMs && timestamp.startsWith(scope.date);
  if (scope.service !== service || !isFresh || !signaturesMatch(expected, signature)) {
    throw new AwsRefusal(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    );
  }
}
