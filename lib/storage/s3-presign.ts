/** Addresses that let anybody read or write one object for a while. */
import type { PresignOptions } from './object-store.ts';
import type { S3Connection } from './s3-connection.ts';
import { storeFailure } from './s3-errors.ts';

const defaultExpirySeconds = 900;

/** One thing to allow. */
export interface PresignRequest extends PresignOptions {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
}

/** The address and the headers that must go with the request. */
export async function presignRequest(
  { client, bucket }: S3Connection,
  { method, key, expiresInSeconds = defaultExpirySeconds, fileName, sizeBytes }: PresignRequest,
): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }> {
  const sdk = await import('./s3-presign-sdk.ts');
  const target = { Bucket: bucket, Key: key };
  try {
    if (method === 'GET') {
      const saveAs = fileName === undefined ? {} : { ResponseContentDisposition: attachment(fileName) };
      const command = new sdk.GetObjectCommand({ ...target, ...saveAs });
      return { url: await sdk.getSignedUrl(client, command, { expiresIn: expiresInSeconds }), headers: {} };
    }
    // The size is a header under the signature: with another one the request is not the one that was signed.
    const size = sizeBytes === undefined ? {} : { ContentLength: sizeBytes };
    const command = new sdk.PutObjectCommand({ ...target, ...size });
    // The SDK would sign the checksum of the empty body that this command has, and S3 then refuse every real one.
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        for (const name of Object.keys(headers)) if (name.includes('checksum')) delete headers[name];
        return next(args);
      },
      { step: 'build', priority: 'low', name: 'withoutEmptyBodyChecksum' },
    );
    const url = await sdk.getSignedUrl(client, command, { expiresIn: expiresInSeconds });
    return { url, headers: sizeBytes === undefined ? {} : { 'content-length': String(sizeBytes) } };
  } catch (error) {
    throw storeFailure('presign', bucket, key, error);
  }
}

/** Content-Disposition for a name of any characters: plain ASCII, and UTF-8 by RFC 5987 beside it. */
function attachment(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
