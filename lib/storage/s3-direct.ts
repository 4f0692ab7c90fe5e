/** Reads objects from S3 by plain signed requests: loading the SDK would take longer than the first prediction does. */
import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';
import type { StoredObject } from './object-store.ts';
import { type SigningKeys, signedHeaders, uriPath } from './s3-signature.ts';

/** Where objects are read and by whose right. */
interface DirectAccess extends SigningKeys {
  readonly origin: URL;
  /** In front of the key, `/` at both ends. */
  readonly root: string;
}

/** Reads whole objects. */
export interface DirectReader {
  /** As `ObjectStore.get`; `undefined` if the answer was none of its three, which leaves the matter to the SDK. */
  get(key: string, ifNoneMatch: string | undefined): Promise<StoredObject | 'unchanged' | null | undefined>;
}

/** Silence after which a connection is given up. */
const idleMs = 5_000;

/**
 * A reader for a bucket, or `null` where the environment is not the plain one that Lambda gives its functions. Where
 * credentials or addresses come from anything else (a profile, a container, FIPS, a bucket with dots), the SDK knows
 * what to do.
 */
export function createDirectReader(
  bucket: string,
  environment: Readonly<Record<string, string | undefined>>,
): DirectReader | null {
  const access = accessOf(bucket, environment);
  return access && { get: (key, ifNoneMatch) => read(access, key, ifNoneMatch) };
}

function accessOf(
  bucket: string,
  environment: Readonly<Record<string, string | undefined>>,
): DirectAccess | null {
  const { AWS_LAMBDA_FUNCTION_NAME: isFunction, AWS_REGION: region } = environment;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  const special = [
    environment.AWS_PROFILE,
    environment.AWS_USE_FIPS_ENDPOINT,
    environment.AWS_USE_DUALSTACK_ENDPOINT,
  ];
  if (!isFunction || !region || !accessKeyId || !secretAccessKey || special.some(Boolean)) return null;
  const place = placeOf(bucket, region, environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL);
  return (
    place && { ...place, region, accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN }
  );
}

/** The address by bucket, as all buckets of the usual partition have it; by path where an endpoint is an IP address. */
function placeOf(
  bucket: string,
  region: string,
  endpoint: string | undefined,
): Pick<DirectAccess, 'origin' | 'root'> | null {
  if (endpoint !== undefined) {
    const origin = URL.parse(endpoint);
    return origin && origin.pathname === '/' && isIPv4(origin.hostname)
      ? { origin, root: `/${bucket}/` }
      : null;
  }
  const isPlain =
    /^[a-z0-9]+(-[a-z0-9]+)*$/.test(bucket) && /^(?!.*-iso)(af|ap|ca|eu|il|me|mx|sa|us)-/.test(region);
  return isPlain ? { origin: new URL(`https://${bucket}.s3.${region}.amazonaws.com`), root: '/' } : null;
}

async function read(
  access: DirectAccess,
  key: string,
  ifNoneMatch: string | undefined,
): Promise<StoredObject | 'unchanged' | null | undefined> {
  const path = access.root + uriPath(key);
  const condition = ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch };
  // A connection that was kept may have been closed meanwhile, so the first failure says nothing.
  const answer = (await request(access, path, condition)) ?? (await request(access, path, condition));
  if (answer === undefined) return undefined;
  const { status, headers, body } = answer;
  if (status === 304) return 'unchanged';
  if (status === 404 && body.includes('<Code>NoSuchKey</Code>')) return null;
  return status === 200 ? { ...infoOf(key, headers), sizeBytes: body.length, body } : undefined;
}

const infoOf = (key: string, headers: IncomingHttpHeaders) => ({
  key,
  etag: headers.etag ?? '',
  modifiedAt: Date.parse(headers['last-modified'] ?? '') || 0,
  ...(headers['content-type'] !== undefined && { contentType: headers['content-type'] }),
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One GET; `undefined` if there was no whole answer. */
async function request(
  access: DirectAccess,
  path: string,
  condition: Readonly<Record<string, string>>,
): Promise<Answer | undefined> {
  const { origin } = access;
  // Imported, node:http would load its WebSocket and all of fetch, which takes as long as everything else here.
  const { get } = process.getBuiltinModule(origin.protocol === 'http:' ? 'node:http' : 'node:https');
  const headers = { ...condition, ...signedHeaders(access, { host: origin.host, path, at: new Date() }) };
  return new Promise((resolve) => {
    const giveUp = (): void => resolve(undefined);
    const sent = get({
      host: origin.hostname,
      port: origin.port,
      path,
      headers,
      timeout: idleMs,
    });
    sent.on('timeout', () => sent.destroy()).on('error', giveUp);
    sent.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).on('error', giveUp);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
  });
}
