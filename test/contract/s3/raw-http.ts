/** Requests byte by byte, with a signer written from the documentation of Signature Version 4 alone. */
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { Target } from './target.ts';

/** A request to send as it stands; `path` is percent-encoded and holds no query. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** What came back. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The `Code` of an XML error. */
  readonly code: string | undefined;
}

/** Where to send, and in whose name. */
export type Endpoint = Pick<Target, 'endpoint' | 'region' | 'credentials'>;

/** How to sign; the defaults make a good request. */
export interface SigningOptions {
  readonly date?: Date;
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  readonly payloadHash?: string;
}

/** A signature and what it takes to sign the chunks that follow. */
export interface Signature {
  readonly headers: Readonly<Record<string, string>>;
  readonly signature: string;
  readonly timestamp: string;
  readonly scope: string;
  readonly key: Buffer;
}

/** SHA-256 in hexadecimal. */
export function sha256Hex(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** HMAC-SHA256. */
export function hmacSha256(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** `20260101T120000Z` */
export function timestampOf(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}

/** The key that signs on a date, and the scope it is good for. */
export function scopedKey(
  target: Endpoint,
  date: string,
  secret = target.credentials.secretAccessKey,
): { key: Buffer; scope: string } {
  const key = [target.region, 's3', 'aws4_request'].reduce(hmacSha256, hmacSha256(`AWS4${secret}`, date));
  return { key, scope: `${date}/${target.region}/s3/aws4_request` };
}

/** Signs in the Authorization header. */
export function sign(target: Endpoint, raw: RawRequest, options: SigningOptions = {}): Signature {
  const timestamp = timestampOf(options.date ?? new Date());
  const { key, scope } = scopedKey(target, timestamp.slice(0, 8), options.secretAccessKey);
  const payloadHash = options.payloadHash ?? sha256Hex(raw.body ?? '');
  const headers: Record<string, string> = {
    ...raw.headers,
    host: raw.headers?.host ?? new URL(target.endpoint).host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
  };
  const names = Object.keys(headers).sort();
  const query = Object.entries(raw.query ?? {})
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonicalHeaders = names.map((name) => `${name}:${headers[name]!.trim()}\n`).join('');
  const canonical = [raw.method, raw.path, query, canonicalHeaders, names.join(';'), payloadHash].join('\n');
  const text = ['AWS4-HMAC-SHA256', timestamp, scope, sha256Hex(canonical)].join('\n');
  const signature = hmacSha256(key, text).toString('hex');
  const credential = `${options.accessKeyId ?? target.credentials.accessKeyId}/${scope}`;
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { headers, signature, timestamp, scope, key };
}

/** Signs and sends. */
export function sendSigned(
  target: Endpoint,
  raw: RawRequest,
  options: SigningOptions = {},
): Promise<RawResponse> {
  return send(target, { ...raw, headers: sign(target, raw, options).headers });
}

/** Sends as it stands. */
export function send(target: Endpoint, raw: RawRequest): Promise<RawResponse> {
  const { hostname, port } = new URL(target.endpoint);
  const query = Object.entries(raw.query ?? {}).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  const path = query.length > 0 ? `${raw.path}?${query.join('&')}` : raw.path;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      hostname,
      port,
      method: raw.method,
      path,
      headers: raw.headers,
      agent: false,
    });
    outgoing.on('error', reject);
    outgoing.on('response', async (incoming) => {
      const pieces: Buffer[] = [];
      for await (const piece of incoming) pieces.push(piece as Buffer);
      const body = Buffer.concat(pieces);
      const code = /<Code>(.*?)<\/Code>/.exec(body.toString())?.[1];
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, code });
    });
    outgoing.end(raw.body);
  });
}
