import { describe, expect, test } from 'vitest';
import { type Authorization, authorize, type SignedRequest } from '../../../infra/local/s3/wire/authorize.ts';
import { decodeAwsChunked } from '../../../infra/local/s3/wire/aws-chunked.ts';

// The worked examples of "Signature Calculations" in the Amazon S3 API reference: its keys, dates and signatures.
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const nowMs = Date.parse('2013-05-24T00:00:00Z');
const noBytes = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const scope = '20130524/us-east-1/s3/aws4_request';

interface Example {
  readonly method: string;
  readonly rawPath: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly payloadHash?: string;
  readonly signature: string;
}

function requestOf({
  method,
  rawPath,
  query = [],
  headers = {},
  payloadHash = noBytes,
  signature,
}: Example): SignedRequest {
  const all: Record<string, string> = {
    ...headers,
    host: headers.host ?? 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': '20130524T000000Z',
  };
  const names = Object.keys(all).sort().join(';');
  all.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${names},Signature=${signature}`;
  return {
    method,
    rawPath,
    query,
    headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
  };
}

const examples: readonly (readonly [string, Example])[] = [
  [
    'GET Object',
    {
      method: 'GET',
      rawPath: '/test.txt',
      headers: { range: 'bytes=0-9' },
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
  ],
  [
    'PUT Object',
    {
      method: 'PUT',
      rawPath: '/test%24file.text',
      headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
  ],
  [
    'GET Bucket Lifecycle',
    {
      method: 'GET',
      rawPath: '/',
      query: [['lifecycle', '']],
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
  ],
  [
    'Get Bucket (List Objects)',
    {
      method: 'GET',
      rawPath: '/',
      query: [
        ['prefix', 'J'],
        ['max-keys', '2'],
      ],
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ],
];

describe('documented signatures', () => {
  test.each(examples)('%s', (_name, example) => {
    const authorization = authorize(requestOf(example), { credentials, nowMs });

    expect(authorization.accessKeyId).toBe(credentials.accessKeyId);
  });

  test.each(examples)('bad call: %s with another secret', (_name, example) => {
    const context = { credentials: { ...credentials, secretAccessKey: 'other' }, nowMs };

    expect(() => authorize(requestOf(example), context)).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
    );
  });

  const presigned: SignedRequest = {
    method: 'GET',
    rawPath: '/test.txt',
    query: [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', `${credentials.accessKeyId}/${scope}`],
      ['X-Amz-Date', '20130524T000000Z'],
      ['X-Amz-Expires', '86400'],
      ['X-Amz-SignedHeaders', 'host'],
      ['X-Amz-Signature', 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'],
    ],
    headers: { host: ['examplebucket.s3.amazonaws.com'] },
  };

  test('a presigned URL is good up to its last second', () => {
    const authorization = authorize(presigned, { credentials, nowMs: nowMs + 86_400_000 });

    expect(authorization.payloadHash).toBe('UNSIGNED-PAYLOAD');
  });

  test('bad call: a presigned URL after its last second', () => {
    const context = { credentials, nowMs: nowMs + 86_400_001 };

    expect(() => authorize(presigned, context)).toThrow('Request has expired');
  });
});

describe('the documented chunked upload', () => {
  const example: Example = {
    method: 'PUT',
    rawPath: '/examplebucket/chunkObject.txt',
    headers: {
      host: 's3.amazonaws.com',
      'content-encoding': 'aws-chunked',
      'content-length': '66824',
      'x-amz-decoded-content-length': '66560',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  };
  const frames = [
    `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${'a'.repeat(65_536)}\r\n`,
    `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${'a'.repeat(1024)}\r\n`,
    '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
  ].join('');

  /** Decodes a body that arrives in pieces of a given size. */
  async function decode(signer: Authorization, body: string, pieceBytes: number): Promise<Buffer> {
    async function* pieces(): AsyncGenerator<Buffer, void, undefined> {
      const bytes = Buffer.from(body);
      for (let start = 0; start < bytes.length; start += pieceBytes)
        yield bytes.subarray(start, start + pieceBytes);
    }
    const decoded: Buffer[] = [];
    for await (const piece of decodeAwsChunked(pieces(), { signer, trailer: false, onTrailer: () => {} }))
      decoded.push(piece);
    return Buffer.concat(decoded);
  }

  test.each([1, 85, 4096, 1_000_000])('is taken in pieces of %i bytes', async (pieceBytes) => {
    const signer = authorize(requestOf(example), { credentials, nowMs });

    const decoded = await decode(signer, frames, pieceBytes);

    expect(decoded.equals(Buffer.alloc(66_560, 'a'))).toBe(true);
  });

  test('bad call: one byte of it changed, its last chunk missing, or cut short', async () => {
    const signer = authorize(requestOf(example), { credentials, nowMs });
    const [changed, unclosed, cut] = [
      frames.replace('aaa', 'aba'),
      frames.slice(0, frames.lastIndexOf('0;')),
      frames.slice(0, 5000),
    ];

    await expect(decode(signer, changed, 4096)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    await expect(decode(signer, unclosed, 4096)).rejects.toMatchObject({ code: 'IncompleteBody' });
    await expect(decode(signer, cut, 4096)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });
});
