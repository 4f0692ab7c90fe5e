/** Signs GET requests for S3: AWS Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
import { createHash, createHmac } from 'node:crypto';

/** Whose right a request uses, and where. */
export interface SigningKeys {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** A GET request without a query. */
export interface RequestToSign {
  /** As the `host` header says it, with a port that is not the usual one. */
  readonly host: string;
  /** In URI encoding. */
  readonly path: string;
  readonly at: Date;
}

const hexDigest = (text: string): string => createHash('sha256').update(text).digest('hex');
const keyed = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const emptyDigest = hexDigest('');

/** The headers that a request must have besides its own: who asks, when, and the signature that proves it. */
export function signedHeaders(
  { region, accessKeyId, secretAccessKey, sessionToken }: SigningKeys,
  { host, path, at }: RequestToSign,
): Record<string, string> {
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    host,
    'x-amz-content-sha256': emptyDigest,
    'x-amz-date': time,
    ...(sessionToken && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = `GET\n${path}\n\n${lines.join('')}\n${names}\n${emptyDigest}`;
  const key = scope.split('/').reduce<string | Buffer>(keyed, `AWS4${secretAccessKey}`);
  const signature = keyed(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hexDigest(canonical)}`).toString(
    'hex',
  );
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** A key in URI encoding, as the signature wants it: everything but letters, digits, `-._~` and the `/` between parts. */
export function uriPath(key: string): string {
  const encode = (part: string): string =>
    encodeURIComponent(part).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return key.split('/').map(encode).join('/');
}
