/** Cross-origin rules: a page served from an allowed origin may use presigned URLs and forms. */
import { s3Error } from './s3-error.ts';

const exposed = 'ETag, Content-Range, x-amz-request-id, x-amz-checksum-crc32, x-amz-checksum-sha256';

/** Headers to add to an answer for a page of that origin; none when the origin is not allowed. */
export function corsHeaders(
  origin: string | undefined,
  allowed: readonly string[],
): Readonly<Record<string, string>> {
  if (origin === undefined || !allowed.includes(origin)) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed, vary: 'Origin' };
}

/** Answer to a browser that asks before it sends. @throws AccessDenied for an origin that is not allowed */
export function preflightHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  allowed: readonly string[],
): Readonly<Record<string, string>> {
  const { origin } = headers;
  if (typeof origin !== 'string' || !allowed.includes(origin)) {
    throw s3Error('AccessDenied', 'CORSResponse: This CORS request is not allowed.');
  }
  return {
    ...corsHeaders(origin, allowed),
    'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
    'access-control-allow-headers': String(headers['access-control-request-headers'] ?? '*'),
    'access-control-max-age': '3000',
  };
}
