import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { signedHeaders, uriPath } from '../../lib/storage/s3-signature.ts';

/** SHA-256 as the SDK's signer wants it handed in. */
class Sha256 {
  #hash;
  constructor(key?: string | Uint8Array) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

const at = new Date('2026-03-04T05:06:07.890Z');
const keys = { region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };

test.each([
  ['with lasting credentials', undefined, '/models/heart/aliases.json'],
  ['with those of a role', 'IQoJb3JpZ2luX2VjEJr//////////wEaCXVz', '/artifacts/0a1b'],
  ['with a key of any characters', undefined, `/bucket/${uriPath('a b/ü+~*(1)!\'"&=%2F')}`],
])('signs as the SDK does, %s', async (_what, sessionToken, path) => {
  const host = 'onramp-artifacts.s3.eu-central-1.amazonaws.com';
  const credentials = { ...keys, ...(sessionToken && { sessionToken }) };
  const signer = new SignatureV4({
    service: 's3',
    region: keys.region,
    credentials,
    sha256: Sha256 as never,
    uriEscapePath: false,
  });
  const request = { method: 'GET', protocol: 'https:', hostname: host, path, headers: { host }, query: {} };

  const { headers } = await signer.sign(
    { ...request, headers: { host, 'x-amz-content-sha256': createHash('sha256').digest('hex') } },
    { signingDate: at },
  );
  const ours = signedHeaders({ ...keys, sessionToken }, { host, path, at });

  expect(ours).toEqual(headers);
});
