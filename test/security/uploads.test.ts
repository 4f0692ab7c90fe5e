import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3ObjectStore } from '../../lib/storage/index.ts';
import { type Answer, heartCsv, type Loop, linearSpec, newS3Client, waitForRun } from '../loop/support.ts';
import { asKey, startWithKeys } from './platform.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startWithKeys();
  await loop.api('PUT', '/v1/models/own', { ...linearSpec, dataset: 'own' });
  await loop.upload('own', 'heart.csv', heartCsv(80));
  await waitForRun(loop, 'own', 'heart.csv');
});
afterAll(() => loop?.remove());

const file = 'people.csv';
const body = 'age,sex\n61,F\n';
const bytes = Buffer.byteLength(body);

/** What each of the three kinds of uploads is asked for by, and where it then lies. */
const kinds: readonly (readonly [string, object, RegExp])[] = [
  ['/v1/datasets/own/uploads', { file, bytes }, /^\/onramp-data\/datasets\/own\/uploads\/people\.csv$/],
  [
    '/v1/models/own/jobs/uploads',
    { file, bytes },
    /^\/onramp-artifacts\/job-uploads\/own\/[0-9a-f-]{36}\/people\.csv$/,
  ],
  ['/v1/models/own/versions/uploads', { bytes }, /^\/onramp-artifacts\/imports\/own\/[0-9a-f-]{36}$/],
];

interface Ticket {
  readonly url: string;
  readonly headers: Record<string, string>;
}

async function ticketOf(path: string, request: object): Promise<Ticket> {
  const answer = await fetch(`${loop.url}${path}`, {
    method: 'POST',
    headers: { ...asKey('own'), 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Ticket;
}

const statusOf = async (url: string, init: RequestInit): Promise<Answer['status']> => {
  const answer = await fetch(url, init);
  await answer.arrayBuffer();
  return answer.status;
};

describe.each(kinds)('the address that POST %s gives', (path, request, place) => {
  it('takes the file that was announced, at one place', async () => {
    const { url, headers } = await ticketOf(path, request);

    expect(decodeURIComponent(new URL(url).pathname)).toMatch(place);
    expect(await statusOf(url, { method: 'PUT', headers, body })).toBe(200);
  });

  it('bad call: a larger or a smaller file', async () => {
    const { url } = await ticketOf(path, request);

    expect(await statusOf(url, { method: 'PUT', body: `${body}x` })).toBe(403);
    expect(await statusOf(url, { method: 'PUT', body: body.slice(1) })).toBe(403);
    expect(await statusOf(url, { method: 'PUT', body: 'x'.repeat(3_000_000) })).toBe(403);
  });

  it('bad call: a file of unknown length', async () => {
    const { url } = await ticketOf(path, request);
    const stream = new Blob([body.repeat(100)]).stream();

    expect(await statusOf(url, { method: 'PUT', body: stream, duplex: 'half' })).toBe(403);
  });

  it('bad call: another place', async () => {
    const { url, headers } = await ticketOf(path, request);
    const { pathname } = new URL(url);
    const elsewhere = [
      pathname.replace('/own/', '/other/'),
      `${pathname}.csv`,
      pathname.replace('/own/', '/own/../other/'),
      pathname.replace('/own/', '/own%2f..%2fother/'),
      pathname.replace(/^\/onramp-\w+/, '/onramp-artifacts/models/own'),
      pathname.replace(/^(\/onramp-\w+)/, '$1/'),
    ];

    for (const other of elsewhere) {
      const status = await statusOf(url.replace(pathname, other), { method: 'PUT', headers, body });
      expect(status, other).toBe(403);
    }
  });

  it('bad call: another verb, or a header that was not signed', async () => {
    const { url, headers } = await ticketOf(path, request);

    expect(await statusOf(url, { method: 'GET' })).toBe(403);
    expect(await statusOf(url, { method: 'DELETE' })).toBe(403);
    const copy = { ...headers, 'x-amz-copy-source': '/onramp-artifacts/models/own/spec.json' };
    expect(await statusOf(url, { method: 'PUT', headers: copy, body })).toBe(403);
  });

  it('bad call: a longer time than was signed', async () => {
    const { url, headers } = await ticketOf(path, request);
    const longer = url.replace('X-Amz-Expires=3600', 'X-Amz-Expires=604800');

    expect(longer).not.toBe(url);
    expect(await statusOf(longer, { method: 'PUT', headers, body })).toBe(403);
  });
});

it('bad call: an address after its time', async () => {
  const store = createS3ObjectStore({ bucket: 'onramp-data', client: newS3Client(loop.s3Url) });
  const options = { expiresInSeconds: 1, sizeBytes: bytes };
  const { url, headers } = await store.presign('PUT', 'datasets/own/uploads/late.csv', options);

  // The address says itself until when it is good, to the second.
  const signedAt = new URL(url).searchParams.get('X-Amz-Date')!;
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(signedAt)!.map(Number);
  const endsAt = Date.UTC(y!, mo! - 1, d, h, mi, s! + 1);
  await delay(Math.max(0, endsAt - Date.now()) + 5);

  expect(await statusOf(url, { method: 'PUT', headers, body })).toBe(403);
});

it('bad call: announcing more than there may be', async () => {
  const ask = (path: string, request: object) => loop.api('POST', path, request);

  const answers = await Promise.all([
    ask('/v1/datasets/own/uploads', { file, bytes: 5 * 1024 ** 3 + 1 }),
    ask('/v1/models/own/jobs/uploads', { file, bytes: 5 * 1024 ** 3 + 1 }),
    ask('/v1/models/own/versions/uploads', { bytes: 268_435_457 }),
  ]);

  expect(answers.map(({ status }) => status)).toEqual([413, 413, 413]);
});
