/** Predictions for pictures in every dialect: the same picture gives the same answer, however it comes. */
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../lib/core/index.ts';
import { decodePictures } from '../../lib/images/index.ts';
import { createModelCache, type ServeContext } from '../../lib/serve/index.ts';
import { encodePicture, foldersOf, stripes } from '../pictures.ts';
import { createWorld, register, upload } from '../pipeline/support.ts';
import { type Asked, ask } from './ask.ts';
import { refusalOf } from './refusal.ts';

let context: ServeContext;
let png: Buffer;
let b64: string;
let expected: { readonly label: string; readonly probabilities: Readonly<Record<string, number>> };

beforeAll(async () => {
  const world = createWorld();
  await register(world, { dataset: 'heart', target: 'label', learner: 'linear' });
  await upload(world, foldersOf(await stripes(80)), 'stripes.tar');
  const { artifacts } = world;
  context = {
    artifacts,
    clock: systemClock,
    cache: createModelCache({ artifacts, clock: systemClock, decodePictures }),
  };
  png = await encodePicture((x) => [(x >> 1) % 2 === 0 ? 60 : 130]);
  b64 = png.toString('base64');
  const [first] = (await predict({ instances: [{ image: b64 }] })).predictions;
  expected = { label: first!.label, probabilities: first!.probabilities };
}, 60_000);

interface Answer {
  readonly predictions: readonly (typeof expected)[];
  readonly warnings: readonly object[];
}

const post = (route: string, body: unknown, more: Asked = {}) =>
  ask(context, `POST ${route}`, { path: { model: 'heart' }, body, ...more });
const json = async (route: string, body: unknown, more: Asked = {}) =>
  JSON.parse((await post(route, body, more)).text!);
const predict = (body: unknown, more: Asked = {}): Promise<Answer> =>
  json('/v1/models/{model}/predict', body, more);
const refusal = (body: unknown, more: Asked = {}) =>
  refusalOf(post('/v1/models/{model}/predict', body, more));

describe('predictions for pictures', () => {
  it.each([
    ['a text in base64', () => ({ instances: [{ image: b64 }] })],
    ['base64 without padding', () => ({ instances: [{ image: b64.replace(/=+$/, '') }] })],
    ['an object', () => ({ instances: [{ image: { b64 } }] })],
    ['a data URL', () => ({ instances: [{ image: `data:image/png;base64,${b64}` }] })],
    ['an array of values', () => ({ instances: [[b64]] })],
    ['a column', () => ({ columns: { image: [b64] } })],
  ])('take %s', async (_case, body) => {
    const { predictions, warnings } = await predict(body());

    expect(predictions).toMatchObject([expected]);
    expect(expected.label).toBe('down');
    expect(warnings).toEqual([]);
  });

  it('take a body that is a picture', async () => {
    const { predictions } = await predict(png, { headers: { 'content-type': 'image/png' } });

    expect(predictions).toMatchObject([expected]);
  });

  it('answer row by row, and warn where there is no picture', async () => {
    const across = await encodePicture((_, y) => [(y >> 1) % 2 === 0 ? 60 : 130], { format: 'webp' });
    const images = [b64, null, across.toString('base64')];

    const { predictions, warnings } = await predict({ columns: { image: images } });

    expect(predictions[0]).toMatchObject(expected);
    expect(predictions[2]!.label).toBe('across');
    expect(warnings).toMatchObject([{ row: 1, field: 'image', code: 'missing_field' }]);
  });

  it.each([
    ['smaller than half of those of the training', { width: 4, height: 3 }, 'png', 'small_picture'],
    ['smaller, as JPEG', { width: 4, height: 4 }, 'jpeg', 'small_picture'],
    ['in colours', { width: 40, height: 30 }, 'png', 'other_colours'],
    ['in colours, as JPEG', { width: 40, height: 30 }, 'jpeg', 'other_colours'],
  ] as const)('warn of a picture that is %s', async (_case, size, format, code) => {
    const picture = await encodePicture((x) => [x, 90, 200], { ...size, format });

    const { warnings } = await predict({ instances: [{ image: picture.toString('base64') }] });

    expect(warnings).toMatchObject([{ row: 0, field: 'image', code }]);
  });

  it('are the same in the dialect of TensorFlow Serving', async () => {
    const tensorflow = (body: unknown) =>
      json('/v1/models/{model}', body, { path: { model: 'heart:predict' } });

    const alone = await tensorflow({ instances: [{ b64 }] });
    const named = await tensorflow({ instances: [{ image: { b64 } }] });
    const columns = await tensorflow({ inputs: { image: [{ b64 }] } });

    const probabilities = Object.values(expected.probabilities);
    const answers = [{ label: expected.label, probabilities }];
    expect([alone.predictions, named.predictions]).toEqual([answers, answers]);
    expect(columns.outputs.label).toEqual([expected.label]);
  });

  it('are the same in the Open Inference Protocol, in JSON and as bytes', async () => {
    const infer = (body: unknown, headers = {}) => json('/v2/models/{model}/infer', body, { headers });
    const input = { name: 'image', datatype: 'BYTES', shape: [1, 1] };
    const element = Buffer.concat([Buffer.alloc(4), png]);
    element.writeUInt32LE(png.length);
    const head = JSON.stringify({
      inputs: [{ ...input, parameters: { binary_data_size: element.length } }],
    });

    const texts = await infer({ inputs: [{ ...input, data: [b64] }] });
    const bytes = await infer(Buffer.concat([Buffer.from(head), element]), {
      'inference-header-content-length': `${head.length}`,
      'content-type': 'application/octet-stream',
    });

    const labels = (answer: { outputs: readonly { name: string; data: unknown }[] }) =>
      answer.outputs.find(({ name }) => name === 'label')!.data;
    expect([labels(texts), labels(bytes)]).toEqual([['down'], ['down']]);
  });

  it("are the same in MLflow's dialect", async () => {
    const answer = await json(
      '/invocations',
      { dataframe_split: { columns: ['image'], data: [[b64]] } },
      { query: { model: 'heart' }, headers: { 'content-type': 'application/json' } },
    );

    expect(answer.predictions).toEqual(['down']);
  });

  it('say in their description that they take BYTES', async () => {
    const { text } = await ask(context, 'GET /v2/models/{model}', { path: { model: 'heart' } });

    expect(JSON.parse(text!).inputs).toEqual([{ name: 'image', datatype: 'BYTES', shape: [-1, 1] }]);
  });

  it.each([
    ['a text that is no base64', () => ({ instances: [{ image: 'no picture!' }] }), 'not_a_picture'],
    ['a number', () => ({ instances: [{ image: 7 }] }), 'not_a_picture'],
    ['bytes that are no picture', () => ({ instances: [{ image: 'AAAA' }] }), 'unsupported_image'],
    ['a picture that is cut off', () => ({ instances: [{ image: b64.slice(0, 80) }] }), 'invalid_image'],
  ])('bad call: %s is refused by its place', async (_case, body, code) => {
    const error = await refusal(body());

    expect([error.code, error.param]).toEqual([code, 'instances[0].image']);
  });

  it('bad call: a damaged picture as body is refused as such', async () => {
    const headers = { 'content-type': 'image/png' };

    expect(await refusal(png.subarray(0, 60), { headers })).toMatchObject({
      code: 'invalid_image',
      param: 'body',
    });
  });

  it('bad call: an empty body is no picture, and not a black one', async () => {
    const headers = { 'content-type': 'image/png' };

    expect(await refusal(Buffer.alloc(0), { headers })).toMatchObject({
      ...{ code: 'not_a_picture', param: 'body' },
      message: expect.stringContaining('is empty'),
    });
  });

  it('bad call: what single pixels add is not explained', async () => {
    const explained = await refusal({ instances: [{ image: b64 }] }, { query: { explain: 'true' } });

    expect(explained.code).toBe('pictures_not_explained');
  });
});
