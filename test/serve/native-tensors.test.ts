import { beforeAll, describe, expect, it } from 'vitest';
import { predictResponse } from '../../lib/contracts/http.ts';
import type { ServeContext } from '../../lib/serve/index.ts';
import { type Asked, ask, contextOf } from './ask.ts';
import { bucketOf, echo } from './models.ts';
import { refusalOf } from './refusal.ts';

let context: ServeContext;
beforeAll(async () => {
  const artifacts = await bucketOf({
    'pair/1': echo({ x: ['float32', ['N', 2]], n: ['int64', ['N']] }),
    'one/1': echo({ x: ['float32', ['N']] }),
    'fixed/1': echo({ x: ['float32', [2]] }),
  });
  context = contextOf(artifacts);
});

const post = (model: string, body: unknown, more: Asked = {}) =>
  ask(context, 'POST /v1/models/{model}/predict', { path: { model }, body, ...more });

describe('the native answer of a model that was brought along', () => {
  it('has a prediction with the outputs by name for each instance', async () => {
    const { text } = await post(
      'pair',
      '{"instances":[{"x":[1,2],"n":9223372036854775807},{"x":[3,0.1],"n":-1}]}',
    );

    expect(text).toBe(
      '{"model":"pair","version":"1","predictions":[' +
        '{"id":"request-0","outputs":{"out:x":[1,2],"out:n":9223372036854775807}},' +
        '{"id":"request-1","outputs":{"out:x":[3,0.1],"out:n":-1}}],"warnings":[]}',
    );
    expect(predictResponse.safeParse(JSON.parse(text!)).success).toBe(true);
  });

  it('names a single output too', async () => {
    const { text } = await post('one', { instances: [1, 2] });

    expect(JSON.parse(text!).predictions).toEqual([
      { id: 'request-0', outputs: { 'out:x': 1 } },
      { id: 'request-1', outputs: { 'out:x': 2 } },
    ]);
  });

  it('is one prediction of whole tensors for columns', async () => {
    const { text } = await post('pair', { columns: { x: [[1, 2]], n: [5] } });

    expect(JSON.parse(text!).predictions).toEqual([
      { id: 'request-0', outputs: { 'out:x': [[1, 2]], 'out:n': [5] } },
    ]);
  });

  it('writes numbers that are none as they are asked for', async () => {
    const { text } = await post('one', { instances: [null] }, { query: { non_finite: 'string' } });

    expect(JSON.parse(text!).predictions[0].outputs).toEqual({ 'out:x': 'NaN' });
  });

  it.each([
    ['neither form', 'pair', { inputs: [1] }, 'wrong_shape'],
    ['a wrong value', 'pair', { instances: [{ x: [1, 'b'], n: 1 }] }, 'wrong_type'],
    ['a size that the model does not take', 'fixed', { instances: [1] }, 'input_shape'],
    ['NaN, which is no JSON', 'one', '{"instances":[NaN]}', 'invalid_json'],
  ])('bad call: %s', async (_what, model, body, code) => {
    expect(await refusalOf(post(model, body))).toMatchObject({ kind: 'invalid_request', code });
  });
});
