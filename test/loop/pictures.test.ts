import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import type { ImageInput } from '../../lib/contracts/image-input.ts';
import type { JobView } from '../../lib/contracts/jobs.ts';
import { decodePictures } from '../../lib/images/index.ts';
import { pictureBytes } from '../images/pictures.ts';
import { processTree } from '../process-tree.ts';
import { type Answer, apiKey, type Loop, startLoop, until } from './support.ts';

const limitMs = 120_000;
const container = fileURLToPath(new URL('../endpoint/containers/tensor-teller.ts', import.meta.url));

const plain: ImageInput = { tensor: 'pixels', width: 24, height: 16, datatype: 'UINT8', layout: 'NHWC' };
const settings = {
  eyes: { kind: 'real-time', image: plain },
  bytes: { kind: 'real-time', image: { ...plain, body: 'binary' } },
  // More pixels than an answer of Lambda holds.
  large: {
    kind: 'real-time',
    image: { ...plain, width: 1400, height: 1300, body: 'binary' },
  },
  queued: { kind: 'async', image: { ...plain, body: 'binary' } },
} as const satisfies Record<string, { readonly kind: string; readonly image: ImageInput }>;

let loop: Loop;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onramp-pictures-'));
  const file = join(folder, 'endpoints.json');
  const endpoints = Object.entries(settings).map(([name, { kind, image }]) => [
    name,
    { command: [process.execPath, container], speaks: 'raw', kind, input: { image } },
  ]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(endpoints)));
  loop = await startLoop('--endpoints', file);
}, limitMs);
afterAll(async () => {
  await loop?.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Told {
  readonly type: string;
  readonly fields: object;
  readonly head: object;
  readonly digest: string;
}

async function post<Body = Told>(
  path: string,
  body: Uint8Array | object,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> {
  const isBytes = body instanceof Uint8Array;
  const type = isBytes ? 'image/jpeg' : 'application/json';
  const response = await fetch(`${loop.url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': type, ...headers },
    body: isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}

const predict = (model: string): string => `/v1/models/${model}/predict`;
const infer = (model: string): string => `/v2/models/${model}/infer`;
const base64 = (name: string): string => pictureBytes(name).toString('base64');

/** What the pictures are, decoded here. */
async function digestOf(image: ImageInput, ...names: readonly string[]): Promise<string> {
  const pictures = names.map((name) => ({ place: name, content: pictureBytes(name) }));
  const { data } = await decodePictures(pictures, image);
  return createHash('sha256').update(data).digest('hex');
}

test('a picture as the body and pictures in JSON come to the container as one tensor', {
  timeout: limitMs,
}, async () => {
  const instances = ['large.png', '420.jpg', 'lossy.webp'];

  const one = await post(predict('eyes'), pictureBytes('large.png'), { 'content-type': 'image/png' });
  const some = await post(predict('bytes'), { instances: instances.map((name) => ({ b64: base64(name) })) });

  expect(one).toMatchObject({ status: 200, body: { type: 'application/json', fields: {} } });
  expect(one.body.head).toEqual({ name: 'pixels', shape: [1, 16, 24, 3], datatype: 'UINT8' });
  expect(one.body.digest).toBe(await digestOf(plain, 'large.png'));
  expect(some.body.type).toMatch(/^application\/vnd\.sagemaker-triton\.binary\+json;json-header-size=\d+$/);
  expect(some.body.head).toMatchObject({ shape: [3, 16, 24, 3], parameters: { binary_data_size: 3456 } });
  expect(some.body.digest).toBe(await digestOf(plain, ...instances));
});

test('sixteen bits, inks and turned pictures become the pixels that they are here', {
  timeout: limitMs,
}, async () => {
  const names = [
    'deep-grey.png',
    'inks.jpg',
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((turn) => `turned-${turn}.jpg`),
  ];

  const { body } = await post(predict('eyes'), { instances: names.map((name) => ({ b64: base64(name) })) });

  expect(body.digest).toBe(await digestOf(plain, ...names));
});

test('pixels that no answer of Lambda holds come in parts', { timeout: limitMs }, async () => {
  const { status, body } = await post(predict('large'), {
    instances: [{ b64: base64('turned-6.jpg') }],
  });

  expect(status).toBe(200);
  expect(body.head).toMatchObject({ shape: [1, 1300, 1400, 3] });
  expect(body.digest).toBe(await digestOf(settings.large.image, 'turned-6.jpg'));
});

test('the Open Inference Protocol has pictures as BYTES, in JSON and behind it', {
  timeout: limitMs,
}, async () => {
  const names = ['large.png', '420.jpg'];
  const input = { name: 'pixels', shape: [2], datatype: 'BYTES' };
  const files = names.map((name) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(pictureBytes(name).length);
    return Buffer.concat([length, pictureBytes(name)]);
  });
  const binary = Buffer.concat(files);
  const json = Buffer.from(
    JSON.stringify({ id: '7', inputs: [{ ...input, parameters: { binary_data_size: binary.length } }] }),
  );

  const inJson = await post(infer('eyes'), { id: '7', inputs: [{ ...input, data: names.map(base64) }] });
  const behind = await post(infer('bytes'), Buffer.concat([json, binary]), {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(json.length),
  });

  const digest = await digestOf(plain, ...names);
  expect(inJson.body).toMatchObject({ fields: { id: '7' }, head: { shape: [2, 16, 24, 3] }, digest });
  expect(behind.body).toMatchObject({ fields: { id: '7' }, head: { shape: [2, 16, 24, 3] }, digest });
});

test('a tensor in the protocol is handed on as it is', { timeout: limitMs }, async () => {
  const data = Array.from({ length: 12 }, (_, index) => index);

  const { body } = await post(infer('eyes'), {
    inputs: [{ name: 'pixels', shape: [1, 2, 2, 3], datatype: 'UINT8', data }],
  });

  expect(body.digest).toBe(createHash('sha256').update(Uint8Array.from(data)).digest('hex'));
});

async function uploaded(model: string, file: string, content: Uint8Array): Promise<string> {
  const ticket = await post<{
    readonly url: string;
    readonly key: string;
    readonly headers: Record<string, string>;
  }>(`/v1/models/${model}/jobs/uploads`, { file, bytes: content.length });
  const { url, headers, key } = ticket.body;
  await fetch(url, { method: 'PUT', headers, body: content as Uint8Array<ArrayBuffer> });
  return key;
}

const ended = (id: string): Promise<JobView> =>
  until(async () => {
    const { body } = await loop.api<JobView>('GET', `/v1/jobs/${id}`);
    return body.ended !== null && body;
  });

test('pictures that are not waited for, and those uploaded for a job, are prepared too', {
  timeout: limitMs,
}, async () => {
  const many = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'large.png' : '420.jpg'));
  const json = Buffer.from(JSON.stringify({ instances: many.map((name) => ({ b64: base64(name) })) }));
  const key = await uploaded('queued', 'pictures.json', json);

  const later = await post<JobView>(predict('queued'), pictureBytes('large.png'), {
    prefer: 'respond-async',
  });
  const file = await post<JobView>('/v1/models/queued/jobs', {
    input: { key },
    content_type: 'application/json',
  });

  const answers = await Promise.all(
    [later, file].map(async ({ status, body }) => {
      expect(status).toBe(202);
      const { status: outcome, result } = await ended(body.id);
      expect(outcome).toBe('succeeded');
      return (await (await fetch(result!.url)).json()) as Told;
    }),
  );
  expect(answers[0]!.digest).toBe(await digestOf(plain, 'large.png'));
  expect(answers[1]).toMatchObject({
    head: { shape: [40, 16, 24, 3] },
    digest: await digestOf(plain, ...many),
  });
  expect(answers[1]!.type).toMatch(/^application\/vnd\.sagemaker-triton\.binary\+json;json-header-size=/);
});

const truncated = () => pictureBytes('420.jpg').subarray(0, 400);
it.each<readonly [what: string, bytes: () => Uint8Array, code: string]>([
  ['a small file of 49 million pixels', () => pictureBytes('bomb.png'), 'image_too_large'],
  ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'unsupported_image'],
  ['a picture that moves', () => pictureBytes('moving.webp'), 'unsupported_image'],
  ['half of a picture', truncated, 'invalid_image'],
])(
  'bad call: %s is refused by its place, in a request and in a job',
  { timeout: limitMs },
  async (_, bytes, code) => {
    const instances = [{ b64: base64('large.png') }, { b64: Buffer.from(bytes()).toString('base64') }];
    const key = await uploaded('queued', 'bad.jpg', bytes());

    const request = await post(predict('eyes'), { instances });
    const job = await post('/v1/models/queued/jobs', { input: { key }, content_type: 'image/jpeg' });

    expect(request).toMatchObject({ status: 400, body: { error: { code, param: 'instances[1].b64' } } });
    expect(job).toMatchObject({ status: 400, body: { error: { code, param: 'body' } } });
  },
);

/** Processes that run the function. */
const decoders = (): number[] =>
  [...processTree(loop.processId()).keys()].filter((pid) => {
    const command = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
    return command.includes(join('prepare', 'index.js'));
  });

test('expected failure: a decoder killed in the middle costs its own picture a 503, and no other anything', {
  timeout: limitMs,
}, async () => {
  const ask = () => post(predict('eyes'), pictureBytes('420.jpg'));
  for (const pid of decoders()) process.kill(pid, 'SIGKILL');
  await until(async () => (await ask()).status === 200);
  // The one that is warm gets one of two pictures and does not begin; the other picture starts another process.
  const [stopped] = decoders();
  process.kill(stopped!, 'SIGSTOP');
  const both = [ask(), ask()];
  const free = await Promise.race(both);
  process.kill(stopped!, 'SIGKILL');
  const answers = await Promise.all(both);

  const next = await ask();

  const hit = answers.find(({ status }) => status !== 200);
  expect(hit).toMatchObject({ status: 503, body: { error: { type: 'not_ready', code: 'function_died' } } });
  expect(Number(hit!.headers.get('retry-after'))).toBeGreaterThan(0);
  const digest = await digestOf(plain, '420.jpg');
  expect(free).toMatchObject({ status: 200, body: { digest } });
  expect(next).toMatchObject({ status: 200, body: { digest } });
});

test('fifty pictures at a time are all answered, by no more processes than there may be', {
  timeout: limitMs,
}, async () => {
  const names = readdirSync(new URL('../images/fixtures/', import.meta.url)).filter((name) =>
    /^(4|turned|pro).*jpg$/.test(name),
  );
  const asked = Array.from({ length: 50 }, (_, index) => names[index % names.length]!);

  const answers = await Promise.all(asked.map((name) => post(predict('eyes'), pictureBytes(name))));

  const wanted = new Map(
    await Promise.all(names.map(async (name) => [name, await digestOf(plain, name)] as const)),
  );
  expect(answers.map(({ status }) => status)).toEqual(asked.map(() => 200));
  expect(answers.map(({ body }) => body.digest)).toEqual(asked.map((name) => wanted.get(name)));
  expect(decoders().length).toBeLessThanOrEqual(4);
});
