import { beforeAll, describe, expect, it } from 'vitest';
import { createGraphBuilder } from '../../../lib/onnx/index.ts';
import type { ServeContext } from '../../../lib/serve/index.ts';
import { type Asked, ask, contextOf } from '../ask.ts';
import { bucketOf, echo, halfPlusTwo, heart, publish, sum } from '../models.ts';
import { refusalOf } from '../refusal.ts';

let context: ServeContext;

beforeAll(async () => {
  const artifacts = await bucketOf({
    'heart/1': heart(1 / 256),
    'heart/2': heart(1 / 512),
    'sum/1': sum(1),
    'sum3/1': sum(3),
    'half/1': halfPlusTwo(),
    'pair/1': echo({ a: ['float32', ['N', 2]], n: ['int64', ['N']] }),
    'text/1': echo({ s_bytes: ['string', ['N']] }),
    'truth/1': echo({ b: ['bool', ['N']] }),
    'scalar/1': echo({ x: ['float64', []] }),
    'half-float/1': echo({ x: ['float16', ['N']] }),
  });
  context = contextOf(artifacts);
});

const post = (model: string, body: unknown, more: Asked = {}) =>
  ask(context, 'POST /v1/models/{model}', { path: { model: `${model}:predict` }, body, ...more });
const answer = async (model: string, body: unknown, more: Asked = {}): Promise<unknown> =>
  JSON.parse((await post(model, body, more)).text!);
const refusal = (model: string, body: unknown, more: Asked = {}) => refusalOf(post(model, body, more));

const row = { age: 61, sex: 'F', weight: 96, smoker: true };

describe('predictions of a trained model', () => {
  it('are objects of label and probabilities for rows of classifiers', async () => {
    const found = await answer(
      'heart',
      { instances: [row, { ...row, smoker: false, weight: 64 }] },
      { query: { version: '1' } },
    );

    expect(found).toEqual({
      predictions: [
        { label: 'yes', probabilities: [0.375, 0.625] },
        { label: 'no', probabilities: [0.75, 0.25] },
      ],
    });
  });

  it('are the same for rows as arrays, values in lists of one, and columns', async () => {
    const columns = { age: [61], sex: ['F'], weight: [96], smoker: [true] };
    const query = { version: '1' };

    const asArray = await answer('heart', { instances: [[61, 'F', 96, true]] }, { query });
    const asLists = await answer(
      'heart',
      { instances: [{ age: [61], sex: ['F'], weight: [96], smoker: [true] }] },
      { query },
    );
    const asColumns = await answer('heart', { inputs: columns }, { query });
    const asNested = await answer(
      'heart',
      { inputs: { age: [[61]], sex: [['F']], weight: [[96]], smoker: [[true]] } },
      { query },
    );
    const asMatrix = await answer('heart', { inputs: [[61, 'F', 96, true]] }, { query });

    const rows = { predictions: [{ label: 'yes', probabilities: [0.375, 0.625] }] };
    const tensors = { outputs: { label: ['yes'], probabilities: [[0.375, 0.625]] } };
    expect([asArray, asLists]).toEqual([rows, rows]);
    expect([asColumns, asNested, asMatrix]).toEqual([tensors, tensors, tensors]);
  });

  it('are bare numbers for regressions', async () => {
    expect(await answer('sum3', { instances: [[1, 2, 3], { a: 1, b: 1, c: 1 }] })).toEqual({
      predictions: [6, 3],
    });
    expect(await answer('sum3', { inputs: { a: [1], b: [2], c: [3.5] } })).toEqual({ outputs: [6.5] });
  });

  it('take bare values for a model of one column, as for a single input', async () => {
    expect(await answer('sum', { instances: [1, 2.5, [3], { a: 4 }] })).toEqual({
      predictions: [1, 2.5, 3, 4],
    });
    expect(await answer('sum', { inputs: [1, 2.5] })).toEqual({ outputs: [1, 2.5] });
  });

  it('read a text from base64 and NaN as a missing value, as Python writes it', async () => {
    const body =
      '{"instances":[{"age":61,"sex":{"b64":"Rg=="},"weight":NaN,"smoker":true,"id":"a \\" NaN"}]}';

    const found = await answer('heart', body, { query: { version: '1' } });

    expect(found).toMatchObject({
      predictions: [{ label: 'yes', probabilities: [0.46875, 0.53125] }],
      warnings: [{ row: 0, field: 'weight', code: 'missing_field' }],
    });
  });

  it('come with warnings if the data are unlike those of the training, which strict refuses', async () => {
    const body = { instances: [row, { ...row, sex: 'X' }] };

    const found = await answer('heart', body);
    const strict = await refusal('heart', body, { query: { strict: 'true' } });

    expect(found).toMatchObject({ warnings: [{ row: 1, field: 'sex', code: 'unknown_category' }] });
    expect(strict).toMatchObject({ code: 'unknown_category', param: 'instances[1].sex' });
  });
});

describe('predictions of a model that was brought along', () => {
  it('are as in the documentation of TensorFlow Serving', async () => {
    expect(await answer('half', { instances: [1.0, 2.0, 5.0] })).toEqual({ predictions: [2.5, 3.0, 4.5] });
    expect(await answer('half', { instances: [{ x: 1 }, { x: 2 }] })).toEqual({ predictions: [2.5, 3] });
    expect(await answer('half', { inputs: [1.0, 2.0, 5.0] })).toEqual({ outputs: [2.5, 3.0, 4.5] });
    expect(await answer('half', { inputs: { x: [4] } })).toEqual({ outputs: [4] });
  });

  it('are keyed by name if there are several, row by row or whole', async () => {
    const big = 2n ** 63n - 1n;
    const rows = `{"instances":[{"a":[1,2],"n":${big}},{"a":[3,4],"n":-5}]}`;

    const byRow = (await post('pair', rows)).text;
    const whole = (await post('pair', `{"inputs":{"a":[[1,2],[3,4]],"n":[${big},-5]}}`)).text;

    expect(byRow).toBe(`{"predictions":[{"out:a":[1,2],"out:n":${big}},{"out:a":[3,4],"out:n":-5}]}`);
    expect(whole).toBe(`{"outputs":{"out:a":[[1,2],[3,4]],"out:n":[${big},-5]}}`);
  });

  it('write bytes as base64 where the name says that they are some, and read both ways of writing them', async () => {
    const found = await answer('text', { instances: [{ b64: 'w6k=' }, 'plain'] });

    expect(found).toEqual({
      predictions: [{ b64: 'w6k=' }, { b64: Buffer.from('plain').toString('base64') }],
    });
  });

  it('may be scalars and truth values', async () => {
    expect(await answer('scalar', { inputs: 1e300 })).toEqual({ outputs: 1e300 });
    expect(await answer('scalar', { inputs: { x: -0.5 } })).toEqual({ outputs: -0.5 });
    expect(await answer('truth', { instances: [true, false] })).toEqual({ predictions: [true, false] });
  });

  it('may be NaN, if that is asked for', async () => {
    const body = '{"instances":[NaN,1]}';

    expect(await answer('half', body, { query: { non_finite: 'null' } })).toEqual({
      predictions: [null, 2.5],
    });
    expect(await answer('half', body, { query: { non_finite: 'string' } })).toEqual({
      predictions: ['NaN', 2.5],
    });
    expect((await refusal('half', body)).code).toBe('non_finite_output');
  });

  it.each([
    ['no array of instances', 'half', { instances: 1 }, 'wrong_shape', 'instances'],
    ['no instance', 'half', { instances: [] }, 'wrong_shape', 'instances'],
    [
      'rows of different sizes',
      'pair',
      {
        instances: [
          { a: [1, 2], n: 1 },
          { a: [1], n: 1 },
        ],
      },
      'wrong_shape',
      'instances[1].a',
    ],
    [
      'a text for a number',
      'pair',
      {
        instances: [
          { a: [1, 2], n: 1 },
          { a: [1, 'x'], n: 1 },
        ],
      },
      'wrong_type',
      'instances[1].a[1]',
    ],
    ['a text in a plain row', 'half', { instances: [1, 'x'] }, 'wrong_type', 'instances[1]'],
    ['a fraction for an integer', 'pair', { inputs: { a: [[1, 2]], n: [0.5] } }, 'wrong_type', 'inputs.n[0]'],
    ['null for an integer', 'pair', { inputs: { a: [[1, 2]], n: [null] } }, 'wrong_type', 'inputs.n[0]'],
    ['a plain list for several inputs', 'pair', { instances: [1, 2] }, 'wrong_shape', 'instances'],
    ['a plain list for several inputs in columns', 'pair', { inputs: [1, 2] }, 'wrong_shape', 'inputs'],
    ['objects mixed with values', 'half', { instances: [{ x: 1 }, 2] }, 'wrong_shape', 'instances[1]'],
    ['an input left out', 'pair', { instances: [{ a: [1, 2] }] }, 'missing_field', 'instances[0].n'],
    ['an input that is none', 'half', { inputs: { x: [1], z: [1] } }, 'unknown_field', 'inputs.z'],
    ['base64 that is none', 'text', { instances: [{ b64: '*' }] }, 'wrong_type', 'instances[0].b64'],
    ['base64 of no text', 'text', { instances: [{ b64: '/w==' }] }, 'wrong_type', 'instances[0].b64'],
    ['half floats', 'half-float', { instances: [1] }, 'binary_only', 'instances'],
    ['a shape that the model does not take', 'half', { inputs: [[1], [2]] }, 'input_shape', 'x'],
    ['infinity', 'half', '{"instances":[-Infinity]}', 'out_of_range', 'instances[0]'],
  ])('bad call: %s', async (_what, model, body, code, param) => {
    expect(await refusal(model, body)).toMatchObject({ kind: 'invalid_request', code, param });
  });
});

describe('outputs that do not have an entry for each row', () => {
  it('bad call: are refused in the row form, and the message tells their shapes and the other form', async () => {
    const graph = createGraphBuilder('sum');
    const x = graph.input('x', 'float32', ['N']);
    graph.output('x2', graph.op('Add', [x, x]), 'float32', ['N']);
    graph.output('sum', graph.op('ReduceSum', [x]), 'float32', [1]);
    await publish(context.artifacts, 'uneven/1', graph.model());

    const error = await refusal('uneven', { instances: [1, 2] });

    expect(error.code).toBe('not_by_row');
    expect(error.message).toContain('"x2" [2], "sum" [1]. Ask with "inputs" for whole tensors.');
    expect(await answer('uneven', { inputs: [1, 2] })).toEqual({ outputs: { x2: [2, 4], sum: [3] } });
  });
});

describe('the body', () => {
  it('may name the only signature, and carry fields that nobody knows', async () => {
    const body = { signature_name: 'serving_default', instances: [1], output_filter: ['y'] };

    expect(await answer('half', body)).toEqual({ predictions: [2.5] });
    expect(await answer('half', { ...body, signature_name: '' })).toEqual({ predictions: [2.5] });
  });

  it('is JSON whatever its content type says, as curl calls every body a form', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };

    expect(await answer('half', { instances: [1] }, { headers })).toEqual({ predictions: [2.5] });
  });

  it.each([
    ['another signature', { signature_name: 'predict_images', instances: [1] }, 'unknown_signature'],
    ['a signature that is no text', { signature_name: 1, instances: [1] }, 'wrong_type'],
    ['both forms', { instances: [1], inputs: [1] }, 'wrong_shape'],
    ['neither form', { examples: [1] }, 'wrong_shape'],
    ['a list', [1], 'wrong_shape'],
    ['no JSON', '{"instances": [1', 'invalid_json'],
    ['nothing', '', 'invalid_json'],
    ['a bare word that is no number', '{"instances": [nan]}', 'invalid_json'],
    ['an open quote after NaN', '{"instances": [NaN, "\\"]}', 'invalid_json'],
  ])('bad call: %s', async (_what, body, code) => {
    expect(await refusal('half', body)).toMatchObject({ kind: 'invalid_request', code });
  });
});

describe('the address', () => {
  const ofVersion = (path: Record<string, string>) =>
    ask(context, `POST /v1/models/{model}/${path.label ? 'labels/{label}' : 'versions/{version}'}`, {
      path,
      body: { instances: [{ ...row, smoker: false }] },
    });
  const noOf = async (call: ReturnType<typeof ofVersion>): Promise<number> =>
    JSON.parse((await call).text!).predictions[0].probabilities[1];

  it('asks the live version, another one, or the one with a label', async () => {
    const live = await answer('heart', { instances: [{ ...row, smoker: false }] });

    expect(live).toMatchObject({ predictions: [{ probabilities: [0.8125, 0.1875] }] });
    expect(await noOf(ofVersion({ model: 'heart', version: '1:predict' }))).toBe(0.375);
    expect(await noOf(ofVersion({ model: 'heart', label: 'live:predict' }))).toBe(0.1875);
    expect(await noOf(ofVersion({ model: 'heart', label: 'stable:predict' }))).toBe(0.1875);
  });

  it.each([
    ['an unknown label', { model: 'heart', label: 'canary:predict' }, 'not_found', 'unknown_label'],
    ['an unknown version', { model: 'heart', version: '9:predict' }, 'not_found', 'version_not_found'],
    [
      'a version that is no number',
      { model: 'heart', version: 'x:predict' },
      'invalid_request',
      'invalid_field',
    ],
    ['no verb', { model: 'heart', version: '1' }, 'not_found', 'unknown_verb'],
    ['an unknown verb', { model: 'heart', version: '1:explain' }, 'not_found', 'unknown_verb'],
    ['two verbs', { model: 'heart', version: '1:predict:predict' }, 'not_found', 'unknown_verb'],
    [
      'a verb behind the model too',
      { model: 'heart:predict', version: '1:predict' },
      'invalid_request',
      'invalid_field',
    ],
    ['classify', { model: 'heart', version: '1:classify' }, 'invalid_request', 'unsupported_verb'],
    ['regress', { model: 'heart', label: 'live:regress' }, 'invalid_request', 'unsupported_verb'],
  ])('bad call: %s', async (_what, path, kind, code) => {
    expect(await refusalOf(ofVersion(path as Record<string, string>))).toMatchObject({ kind, code });
  });

  it('bad call: a model that is not there', async () => {
    expect(await refusal('none', { instances: [1] })).toMatchObject({
      kind: 'not_found',
      code: 'model_not_found',
    });
  });
});

describe('metadata and status', () => {
  const get = async (route: string, path: Record<string, string>): Promise<unknown> =>
    JSON.parse((await ask(context, `GET /v1/models/{model}${route}`, { path })).text!);

  it('tell the inputs and outputs of a model that was brought along', async () => {
    expect(await get('/metadata', { model: 'pair' })).toMatchObject({
      model_spec: { name: 'pair', signature_name: '', version: '1' },
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: {
                a: {
                  dtype: 'DT_FLOAT',
                  tensor_shape: {
                    dim: [
                      { size: '-1', name: '' },
                      { size: '2', name: '' },
                    ],
                    unknown_rank: false,
                  },
                  name: 'a:0',
                },
                n: { dtype: 'DT_INT64', tensor_shape: { dim: [{ size: '-1', name: '' }] } },
              },
              outputs: { 'out:a': { dtype: 'DT_FLOAT' }, 'out:n': { dtype: 'DT_INT64' } },
              method_name: 'tensorflow/serving/predict',
            },
          },
        },
      },
    });
  });

  it('tell the columns of a trained model as inputs of one value a row', async () => {
    const found = await get('/versions/{version}/metadata', { model: 'heart', version: '1' });

    const any = { tensor_shape: { dim: [{ size: '-1', name: '' }] } };
    expect(found).toMatchObject({
      model_spec: { name: 'heart', version: '1' },
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: {
                age: { dtype: 'DT_FLOAT', ...any },
                sex: { dtype: 'DT_STRING', ...any },
                smoker: { dtype: 'DT_STRING', ...any },
              },
              outputs: {
                label: { dtype: 'DT_STRING', ...any },
                probabilities: { dtype: 'DT_FLOAT', tensor_shape: { dim: [{ size: '-1' }, { size: '2' }] } },
              },
            },
          },
        },
      },
    });
  });

  it('are told of a label too', async () => {
    const status = { state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } };

    expect(await get('/labels/{label}', { model: 'heart', label: 'live' })).toEqual({
      model_version_status: [{ version: '2', ...status }],
    });
    expect(await get('/labels/{label}/metadata', { model: 'heart', label: 'stable' })).toMatchObject({
      model_spec: { version: '2' },
    });
  });
});
