/** AWS Signature Version 4: canonical request, string to sign, signing key. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { encodeUri } from './uri.ts';

export const signatureAlgorithm = 'AWS4-HMAC-SHA256';
/** SHA-256 of no bytes at all. */
export const emptySha256 = createHash('sha256').digest('hex');

/** What of a request is signed. */
export interface CanonicalParts {
  readonly method: string;
  /** Path as sent, percent-encoded. */
  readonly rawPath: string;
  readonly query: readonly (readonly [string, string])[];
  /** Every value of each header, by lower-case name. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

/** Date, region and service a signature is good for. */
export interface CredentialScope {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** `AKID/20260101/us-east-1/s3/aws4_request`, or `null` when it is not of that form. */
export function parseCredential(credential: string): CredentialScope | null {
  const match = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(credential);
  if (!match) return null;
  const [, accessKeyId = '', date = '', region = '', service = ''] = match;
  return { accessKeyId, date, region, service };
}

/** `20260101/us-east-1/s3/aws4_request` */
export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/aws4_request`;
}

/** The key that signs within a scope. */
export function signingKey(secret: string, { date, region, service }: CredentialScope): Buffer {
  return [date, region, service, 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secret}`),
  );
}

/** The text whose hash is signed. S3 encodes the path once and does not remove dot segments. */
export function canonicalRequest(parts: CanonicalParts): string {
  const path = parts.rawPath
    .split('/')
    .map((segment) => encodeUri(decodeURIComponent(segment)))
    .join('/');
  const query = parts.query
    .map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`)
    .sort(compareCanonical)
    .join('&');
  const headers = parts.signedHeaders
    .map((name) => `${name}:${canonicalHeader(parts.headers[name])}\n`)
    .join('');
  return [parts.method, path, query, headers, parts.signedHeaders.join(';'), parts.payloadHash].join('\n');
}

/** By name, then by value: `=` must not take part, as it sorts after the digits. */
function compareCanonical(left: string, right: string): number {
  const [a, b] = [left.replace('=', '\u0000'), right.replace('=', '\u0000')];
  return a < b ? -1 : Number(a > b);
}

/** Only spaces and tabs are folded: in Latin-1, `\s` would also take the byte A0, which ends the UTF-8 form of "à". */
function canonicalHeader(values: readonly string[] = []): string {
  return values.map((value) => value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')).join(',');
}

/** Signature of a canonical request, in lower-case hexadecimal. Node hands over header bytes as Latin-1. */
export function signRequest(
  canonical: string,
  timestamp: string,
  scope: CredentialScope,
  key: Buffer,
): string {
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  return signText([signatureAlgorithm, timestamp, scopeText(scope), hash].join('\n'), key);
}

/** HMAC-SHA256 of a text in lower-case hexadecimal. */
export function signText(text: string, key: Buffer): string {
  return hmac(key, text).toString('hex');
}

/** Compares two signatures in constant time. */
export function signaturesMatch(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Milliseconds since 1970 of `20260101T120000Z`, or `null` when it is not of that form. */
export function parseTimestamp(timestamp: string | undefined): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp ?? '');
  if (!match) return null;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? null : time;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
