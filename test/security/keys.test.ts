import { request as httpRequest } from 'node:http';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Route, routes } from '../../lib/contracts/index.ts';
import {
  apiKey,
  artifactBucket,
  dataBucket,
  heartCsv,
  type Loop,
  linearSpec,
  waitForRun,
} from '../loop/support.ts';
import { asKey, keys, startWithKeys } from './platform.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startWithKeys();
  for (const name of ['own', 'other']) {
    await loop.api('PUT', `/v1/models/${name}`, { ...linearSpec, dataset: name });
    await loop.upload(name, 'heart.csv', heartCsv(80));
    await waitForRun(loop, name, 'heart.csv');
  }
});
afterAll(() => loop?.remove());

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends a path exactly as it is written: `fetch` would tidy it up. */
function send(
  method: string,
  path: string,
  { headers = {}, body }: { readonly headers?: Record<string, string>; readonly body?: unknown } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(loop.url);
  const content = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const type = content === undefined ? {} : { 'content-type': 'application/json' };
    const length = content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) };
    const options = { hostname, port, method, path, headers: { ...type, ...length, ...headers } };
    const sent = httpRequest(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode!, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.on('error', reject).end(content);
  });
}

const parts: Readonly<Record<string, string>> = { version: '1', label: 'live', run: '0'.repeat(16) };
const job = '0'.repeat(32);

/** The address of a route for one name, as a client writes it. */
function addressOf({ path, shownPath = path, query }: Route, name: string): string {
  const filled = shownPath.replace(/\{(\w+)\}/g, (_, part: string) => {
    if (part === 'model' || part === 'dataset') return name;
    return part === 'id' ? job : parts[part]!;
  });
  return query?.model ? `${filled}?model=${name}` : filled;
}

const guarded = routes
  .filter(({ scope }) => scope !== 'none')
  .map((route): [string, Route] => [`${route.method} ${route.shownPath ?? route.path}`, route]);
const named = guarded.filter(([, { path, query }]) => /\{(model|dataset)\}/.test(path) || query?.model);

interface WrongKey {
  readonly headers?: Record<string, string>;
  readonly query?: string;
}

const wrongKeys: Readonly<Record<string, WrongKey>> = {
  'no key': {},
  'a wrong key': { headers: { 'x-api-key': 'key-of-nobody' } },
  'the name of a key': { headers: { 'x-api-key': 'own' } },
  'a key in another scheme': { headers: { authorization: `Basic ${keys.own.key}` } },
  'a key in the address': { query: `x-api-key=${keys.own.key}` },
};

describe.each(guarded)('%s', (_, route) => {
  it('bad call: without a key that is known', async () => {
    const address = addressOf(route, 'own');
    const ask = async ([what, { headers = {}, query }]: [string, WrongKey]): Promise<void> => {
      const mark = address.includes('?') ? '&' : '?';

      const answer = await send(route.method, query ? `${address}${mark}${query}` : address, { headers });

      expect([what, answer.status]).toEqual([what, 401]);
      expect(answer.text).not.toContain('key-of');
    };
    await Promise.all(Object.entries(wrongKeys).map(ask));
  });

  it('bad call: with a key of other scopes', async () => {
    const tooWeak = (['own-predict', 'own-read', 'own-manage'] as const).filter(
      (name) =>
        !keys[name].scopes.some((scope) => scope === route.scope) &&
        !(name === 'own-manage' && route.scope === 'read'),
    );
    expect(tooWeak.length).toBeGreaterThan(0);

    for (const name of tooWeak) {
      const { status } = await send(route.method, addressOf(route, 'own'), {
        headers: asKey(name),
        ...(route.method === 'GET' ? {} : { body: {} }),
      });

      expect(status, name).toBe(403);
    }
  });
});

it.each(named)("bad call: %s with another tenant's key", async (_, route) => {
  const { status, text } = await send(route.method, addressOf(route, 'other'), {
    headers: asKey('own'),
    ...(route.method === 'GET' ? {} : { body: {} }),
  });

  expect([status, text]).toEqual([403, expect.stringMatching(/not for the (model|data set)/)]);
});

/** Every object of both buckets with its state, but those of the ledger, which tells of refusals too. */
async function entityTags({ s3 }: Loop): Promise<ReadonlyMap<string, string>> {
  const tags = new Map<string, string>();
  for (const Bucket of [dataBucket, artifactBucket]) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      for (const { Key, ETag } of Contents) {
        if (!Key!.startsWith('usage/')) tags.set(`${Bucket}/${Key}`, ETag!);
      }
    }
  }
  return tags;
}

describe('what a name may not be', () => {
  let before: ReadonlyMap<string, string>;
  beforeAll(async () => {
    before = await entityTags(loop);
    expect(before.size).toBeGreaterThan(10);
  });

  const names = [
    '..',
    '.',
    '../other',
    '%2e%2e',
    '%2e%2e%2fother',
    '..%2fother',
    'own%2f..%2fother',
    'own/../other',
    './other',
    '%2fother',
    '/other',
    'own//../other',
    'own%00',
    'own%00/../other',
    '%00other',
    'own%0a',
    'own%20',
    'own%5c..%5cother',
    'own;other',
    'own,other',
    'own*',
    '*',
    '%2a',
    'OTHER',
    'Own',
    // Look-alikes: Cyrillic letters, a full-width dot and slash, an overlong form of ".".
    '%D0%BEwn',
    '%D0%BEther',
    '%EF%BC%8E%EF%BC%8E%EF%BC%8Fother',
    '%c0%ae%c0%ae/other',
    '%252e%252e%252fother',
    '__proto__',
    'models%2fother',
    'x'.repeat(64),
    'x'.repeat(5000),
  ];
  const addresses = (name: string): readonly (readonly [string, string, unknown?])[] => [
    ['GET', `/v1/models/${name}`],
    ['GET', `/v1/models/${name}/versions/1`],
    ['GET', `/v1/models/${name}/versions/1/artifact`],
    ['POST', `/v1/models/${name}/predict`, { instances: [{ age: 61, sex: 'F', weight: 70 }] }],
    ['POST', `/v1/models/${name}:predict`, { instances: [{ age: 61, sex: 'F', weight: 70 }] }],
    ['GET', `/v2/models/${name}`],
    ['POST', `/invocations?model=${name}`, { instances: [{ age: 61, sex: 'F', weight: 70 }] }],
    ['DELETE', `/v1/models/${name}`],
    ['GET', `/v1/datasets/${name}`],
    ['POST', `/v1/datasets/${name}/uploads`, { file: 'a.csv', bytes: 1 }],
    ['PUT', `/v1/models/${name}/versions`, { upload: '0b9a1c7e-5d52-4f2e-9a51-6f3f0c1d2e3f' }],
    ['POST', `/v1/models/${name}/versions/uploads`, { bytes: 1 }],
    ['POST', `/v1/models/${name}/jobs/uploads`, { file: 'a.csv', bytes: 1 }],
  ];

  it.each(names.map((name) => [name.slice(0, 40), name]))('bad call: "%s"', async (_, name) => {
    const ask = async (
      [method, path, body]: readonly [string, string, unknown?],
      headers: Record<string, string>,
    ): Promise<void> => {
      const { status, text } = await send(method, path, { headers, ...(body ? { body } : {}) });

      // Nothing succeeds, nothing fails on our side, and no word of the other tenant's model.
      expect([400, 403, 404, 405, 414, 431], `${method} ${path}: ${text}`).toContain(status);
      expect(text).not.toMatch(/"live"|"disease"|X-Amz-Signature/);
    };
    const callers = [asKey('own'), { 'x-api-key': apiKey }];
    await Promise.all(callers.flatMap((headers) => addresses(name).map((one) => ask(one, headers))));
  });

  it('leaves every object as it was, and makes none', async () => {
    expect(await entityTags(loop)).toEqual(before);
  });

  it.each(['../../other/uploads/x.csv', '..', 'a/b.csv', 'a\\b.csv', 'a\u0000.csv', 'x'.repeat(201), ''])(
    'bad call: an upload called "%s"',
    async (file) => {
      for (const path of ['/v1/datasets/own/uploads', '/v1/models/own/jobs/uploads']) {
        const { status } = await send('POST', path, { headers: asKey('own'), body: { file, bytes: 1 } });

        expect(status).toBe(400);
      }
    },
  );
});
