import { expect, it, test } from 'vitest';
import { fullAccess } from '../../lib/access/index.ts';
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import type { ImageInput } from '../../lib/contracts/image-input.ts';
import { decodeImage, decodePictures, fitImage, withChannels } from '../../lib/images/index.ts';
import { createModelCache, handOff, prepared, type ServeRequest } from '../../lib/serve/index.ts';
import { pictureBytes } from '../images/pictures.ts';
import { createWorld } from '../pipeline/support.ts';

const world = createWorld();
const context = { cache: createModelCache(world), artifacts: world.artifacts, decodePictures };

const picture = pictureBytes('large.png');
const small: ImageInput = { tensor: 'pixel_values', width: 3, height: 2 };

function request(body: Uint8Array | string, contentType?: string): ServeRequest {
  const bytes = Buffer.from(body);
  return {
    ...{ method: 'POST', route: '/v1/models/{model}/predict', path: { model: 'large' }, query: {} },
    ...{ requestId: 'r', access: fullAccess('test') },
    body: { text: () => bytes.toString(), bytes: () => bytes },
    // What callers say of their own bodies is not true of the container's.
    header: (name) => ({ 'content-type': contentType, 'inference-header-content-length': '7' })[name],
  };
}

const declaredBy = (image: ImageInput): EndpointModel => ({
  ...{ model: 'large', endpoint: 'large', kind: 'real-time', speaks: 'raw', input: { image } },
});

const send = (image: ImageInput, body: Uint8Array | string, contentType?: string) =>
  prepared(context, request(body, contentType), declaredBy(image));

async function tensorOf(image: ImageInput, body: Uint8Array | string, contentType?: string) {
  const given = await send(image, body, contentType);
  return JSON.parse(given.body.text()).inputs[0];
}

/** What `small` is, as bytes side by side. */
async function pixelsOf(bytes: Uint8Array, channels: 1 | 3 = 3): Promise<number[]> {
  const whole = withChannels(
    await decodeImage(bytes, { place: 'p', applyProfile: false }),
    channels,
    [0, 0, 0],
  );
  const { data } = fitImage(whole, {
    ...{ width: 3, height: 2, fit: 'cover', kernel: 'bilinear', background: [0, 0, 0] },
  });
  return [...data];
}

const instance = (bytes: Uint8Array) => ({ b64: Buffer.from(bytes).toString('base64') });

test('a picture becomes a tensor of numbers from 0 to 1, channel by channel', async () => {
  const given = await send(small, picture, 'image/png');

  const pixels = await pixelsOf(picture);
  const [tensor] = JSON.parse(given.body.text()).inputs;
  const planes = [0, 1, 2].flatMap((channel) => pixels.filter((_, at) => at % 3 === channel));
  expect(given.route).toBe('/v2/models/{model}/infer');
  expect(given.header('content-type')).toBe('application/json');
  expect(given.header('inference-header-content-length')).toBeUndefined();
  expect(tensor).toMatchObject({ name: 'pixel_values', shape: [1, 3, 2, 3], datatype: 'FP32' });
  expect(tensor.data.map(Math.fround)).toEqual(planes.map((pixel) => Math.fround(pixel / 255)));
});

test('scale, mean and standard deviation are those of each channel, rounded once', async () => {
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];

  const { data } = await tensorOf(
    { ...small, layout: 'NHWC', scale: 1 / 128, mean, std },
    picture,
    'image/png',
  );

  const pixels = await pixelsOf(picture);
  const wanted = pixels.map((pixel, at) => Math.fround((pixel / 128 - mean[at % 3]!) / std[at % 3]!));
  expect(data.map(Math.fround)).toEqual(wanted);
});

test('bytes of several pictures follow their JSON where the container takes them so', async () => {
  const body = JSON.stringify({ instances: [instance(picture), instance(pictureBytes('420.jpg'))] });

  const given = await send(
    { ...small, datatype: 'UINT8', layout: 'NHWC', body: 'binary' },
    body,
    'application/json',
  );

  const jsonBytes = Number(given.header('inference-header-content-length'));
  const bytes = Buffer.from(given.body.bytes());
  expect(given.header('content-type')).toBe('application/octet-stream');
  expect(JSON.parse(bytes.subarray(0, jsonBytes).toString())).toEqual({
    inputs: [
      { name: 'pixel_values', shape: [2, 2, 3, 3], datatype: 'UINT8', parameters: { binary_data_size: 36 } },
    ],
  });
  expect([...bytes.subarray(jsonBytes)]).toEqual([
    ...(await pixelsOf(picture)),
    ...(await pixelsOf(pictureBytes('420.jpg'))),
  ]);
});

test('floats in bytes are the numbers of the JSON', async () => {
  const { data } = await tensorOf({ ...small, channels: 1 }, picture);

  const given = await send({ ...small, channels: 1, body: 'binary' }, picture);

  const bytes = Buffer.from(given.body.bytes()).subarray(
    Number(given.header('inference-header-content-length')),
  );
  expect(data).toHaveLength(6);
  expect(data.map(Math.fround)).toEqual(Array.from({ length: 6 }, (_, at) => bytes.readFloatLE(at * 4)));
  expect(data.map((value: number) => Math.round(value * 255))).toEqual(await pixelsOf(picture, 1));
});

test('Triton on SageMaker is told of bytes in its own form', async () => {
  const declared = declaredBy({ ...small, datatype: 'UINT8', body: 'binary' });
  const given = await prepared(context, request(picture), declared);
  const asked: { readonly contentType: string; readonly body: string | Uint8Array }[] = [];
  const invoke = async (call: (typeof asked)[number]) => {
    asked.push(call);
    return { contentType: 'application/json', body: Buffer.from('{}'), attempts: 1 };
  };

  await handOff({ models: new Map(), endpoints: async () => ({ invoke }) as never }, given, declared);

  const [{ contentType, body }] = asked as [(typeof asked)[number]];
  const [, length] = /^application\/vnd\.sagemaker-triton\.binary\+json;json-header-size=(\d+)$/.exec(
    contentType,
  )!;
  expect(JSON.parse(Buffer.from(body).subarray(0, Number(length)).toString()).inputs[0].shape).toEqual([
    1, 3, 2, 3,
  ]);
  expect(body).toHaveLength(Number(length) + 18);
});

it.each([
  [{}, 'invalid_field', 'instances'],
  [{ instances: [] }, 'invalid_field', 'instances'],
  [{ instances: new Array(65).fill({ b64: 'AAAA' }) }, 'invalid_field', 'instances'],
  [{ instances: ['AAAA'] }, 'invalid_field', 'instances[0].b64'],
  [{ instances: [instance(picture), { b64: 'not base64!' }] }, 'invalid_field', 'instances[1].b64'],
  [{ instances: [instance(picture), { b64: 'AAAA' }] }, 'unsupported_image', 'instances[1].b64'],
])('bad call: %j is refused by the place', async (body, code, param) => {
  const sent = send(small, JSON.stringify(body), 'application/json');

  await expect(sent).rejects.toMatchObject({ kind: 'invalid_request', code, param });
});

it('bad call: a body that is no picture is refused', async () => {
  const sent = send(small, '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml');

  await expect(sent).rejects.toMatchObject({ code: 'unsupported_image', param: 'body' });
});

const inTensors = (body: object): ServeRequest => ({
  ...request(JSON.stringify(body), 'application/json'),
  route: '/v2/models/{model}/infer',
  header: (name) => ({ 'content-type': 'application/json' })[name],
});
const bytes = { name: 'pixel_values', shape: [1], datatype: 'BYTES' };

test('pictures in a request of tensors keep what else is asked there', async () => {
  const asked = { id: 'a', parameters: { strict: true }, outputs: [{ name: 'label' }] };
  const inputs = [{ ...bytes, shape: [1, 1], data: [[instance(picture).b64]] }];

  const given = await prepared(context, inTensors({ ...asked, inputs }), declaredBy(small));

  const { inputs: made, ...rest } = JSON.parse(given.body.text());
  expect(rest).toEqual(asked);
  expect(made[0].shape).toEqual([1, 3, 2, 3]);
});

it.each([
  [[{ ...bytes, shape: [2], data: [instance(picture).b64] }], 'inputs[0].data'],
  [[{ ...bytes, shape: [1, 2], data: ['AAAA', 'AAAA'] }], 'inputs[0].shape'],
  [[{ ...bytes, shape: [65], data: new Array(65).fill('AAAA') }], 'inputs[0]'],
  [[{ ...bytes, data: ['no base64!'] }], 'inputs[0].data[0]'],
  [
    [
      { ...bytes, data: ['AAAA'] },
      { name: 'more', shape: [1], datatype: 'FP32', data: [1] },
    ],
    'inputs',
  ],
])('bad call: pictures in tensors as %j are refused by their place', async (inputs, param) => {
  const sent = prepared(context, inTensors({ inputs }), declaredBy(small));

  await expect(sent).rejects.toMatchObject({ kind: 'invalid_request', code: 'invalid_field', param });
});

test('expected failure: where no function decodes, a picture is a fault of ours', async () => {
  const { decodePictures: _, ...bare } = context;

  const sent = prepared(bare, request(picture, 'image/png'), declaredBy(small));

  await expect(sent).rejects.toMatchObject({ kind: 'internal' });
});
