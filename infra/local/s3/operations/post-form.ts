/** POST Object: an upload from an HTML form, allowed by a signed policy. */
import { createHash } from 'node:crypto';
import type { Credentials } from '../../aws/index.ts';
import { checksumAlgorithms, checksumHeader, checksumMismatch, createChecksum } from '../wire/checksums.ts';
import { headerText, type Platform, type Reply } from '../wire/exchange.ts';
import { readUploadForm } from '../wire/form-data.ts';
import { keptHeaders } from '../wire/object-headers.ts';
import { checkPostPolicy, type GrantedUpload } from '../wire/post-policy.ts';
import { maxObjectBytes, type VerifiedBody } from '../wire/request-body.ts';
import { s3Error } from '../wire/s3-error.ts';
import { encodeKey } from '../wire/uri.ts';
import { xmlDocument } from '../wire/xml.ts';
import { parseTagging } from './tagging.ts';
import { storeBody } from './write-object.ts';

/** A form on its way in; nobody has vouched for it yet. */
export interface PostRequest {
  readonly bucket: string;
  readonly contentType: string;
  readonly credentials: Credentials;
  readonly requestId: string;
  readonly sourceIpAddress: string;
  readonly rawBody: () => AsyncIterable<Buffer>;
}

/** Stands in the key for the name of the file. */
const fileNameMark = `$${'{filename}'}`;
const noGuard = { atStart: () => {}, atCommit: () => {} };

/** POST Object. */
export async function postObject(platform: Platform, request: PostRequest): Promise<Reply> {
  platform.disk.bucket(request.bucket);
  const form = await readUploadForm(request.rawBody(), request.contentType);
  const key = (form.fields.get('key') ?? '').split(fileNameMark).join(form.fileName);
  if (key === '') throw s3Error('InvalidArgument', "Bucket POST must contain a field named 'key'.");
  if (Buffer.byteLength(key) > 1024) throw s3Error('KeyTooLongError');
  const fields = new Map([...form.fields, ['key', key], ['bucket', request.bucket]]);
  const grant = checkPostPolicy(fields, { credentials: request.credentials, nowMs: platform.clock.now() });
  const headers = keptHeaders(new Map([...form.fields].map(([name, value]) => [name, headerText(value)])));
  const tagging = form.fields.get('tagging');
  const record = await storeBody(platform, limitedBody(form.file, grant, form.fields), {
    bucket: request.bucket,
    key,
    headers,
    tags: tagging === undefined ? [] : parseTagging(tagging),
    guard: noGuard,
    origin: {
      requestId: request.requestId,
      requester: grant.accessKeyId,
      sourceIpAddress: request.sourceIpAddress,
      reason: 'POST Object',
    },
  });
  return postReply(form.fields, { bucket: request.bucket, key, etag: `"${record.etag}"` });
}

/** Holds the file to the size that the policy grants, and to its checksum field. */
function limitedBody(
  file: AsyncIterable<Buffer>,
  grant: GrantedUpload,
  fields: ReadonlyMap<string, string>,
): VerifiedBody {
  const md5 = createHash('md5');
  const algorithm = checksumAlgorithms.find((name) => fields.has(checksumHeader(name)));
  const checksum = algorithm && createChecksum(algorithm);
  const value = algorithm && fields.get(checksumHeader(algorithm))!;
  async function* bytes(): AsyncGenerator<Buffer, void, undefined> {
    let count = 0;
    for await (const piece of file) {
      count += piece.length;
      if (count > Math.min(grant.maxBytes, maxObjectBytes)) throw s3Error('EntityTooLarge');
      md5.update(piece);
      checksum?.update(piece);
      yield piece;
    }
    if (count < grant.minBytes) throw s3Error('EntityTooSmall');
    if (algorithm && checksum!.digest().toString('base64') !== value) throw checksumMismatch(algorithm);
  }
  return {
    bytes: bytes(),
    digests: () => ({
      md5: md5.digest('hex'),
      ...(algorithm && value ? { checksum: { algorithm, type: 'FULL_OBJECT', value } } : {}),
    }),
  };
}

function postReply(
  fields: ReadonlyMap<string, string>,
  { bucket, key, etag }: { readonly bucket: string; readonly key: string; readonly etag: string },
): Reply {
  const location = `/${bucket}/${encodeKey(key)}`;
  const redirect = fields.get('success_action_redirect') ?? '';
  if (URL.canParse(redirect)) {
    const target = new URL(redirect);
    for (const [name, value] of Object.entries({ bucket, key, etag })) target.searchParams.set(name, value);
    return { status: 303, headers: { location: target.href, etag } };
  }
  const status = Number(fields.get('success_action_status'));
  const headers = { location, etag };
  if (status === 201) {
    return {
      status,
      headers,
      xml: xmlDocument('PostResponse', { Location: location, Bucket: bucket, Key: key, ETag: etag }),
    };
  }
  return { status: status === 200 ? 200 : 204, headers };
}
