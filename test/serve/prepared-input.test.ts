import { beforeAll, describe, expect, it } from 'vitest';
import { fullAccess } from '../../lib/access/index.ts';
import type { EndpointInput } from '../../lib/contracts/endpoint-models.ts';
import { createModelCache, prepared, type ServeContext, type ServeRequest } from '../../lib/serve/index.ts';
import { tinyFolder } from '../embedding-model.ts';
import { createWorld, heartCsv, linearSpec, register, upload } from '../pipeline/support.ts';
import { ask, contextOf } from './ask.ts';
import { embeddingBucket } from './openai/embedding-bucket.ts';

let heart: ServeContext;
let texts: ServeContext;
beforeAll(async () => {
  const world = createWorld();
  await register(world, { ...linearSpec, learner: 'boosting' });
  await upload(world, heartCsv(300));
  heart = { ...world, cache: createModelCache(world) };
  texts = contextOf(await embeddingBucket({ minilm: tinyFolder }));
});

const route = '/v1/models/{model}/predict';

const request = (body: unknown, more: Partial<ServeRequest> = {}): ServeRequest => ({
  ...{
    method: 'POST',
    route,
    path: { model: 'large' },
    query: {},
    requestId: 'r',
    access: fullAccess('test'),
  },
  body: { text: () => JSON.stringify(body), bytes: () => Buffer.from(JSON.stringify(body)) },
  header: (name) => ({ 'content-type': 'application/json', accept: 'text/csv' })[name],
  ...more,
});

/** What the container of a model that is declared so is sent. */
async function sent(context: ServeContext, input: EndpointInput, body: unknown) {
  const declared = { model: 'large', endpoint: 'large', kind: 'real-time', speaks: 'raw', input } as const;
  const given = await prepared(context, request(body), declared);
  expect(Buffer.from(given.body.bytes()).toString()).toBe(given.body.text());
  return { type: given.header('content-type'), accept: given.header('accept'), text: given.body.text() };
}

const instances = [
  { age: 71, sex: 'M', weight: 70 },
  { age: null, sex: 'F', weight: 50.25 },
];

describe('rows', () => {
  it('come as the matrix that POST .../transform tells, missing values as null', async () => {
    const transform = 'POST /v1/models/{model}/transform';
    const { text } = await ask(heart, transform, { path: { model: 'heart' }, body: { instances } });

    const given = await sent(heart, { transform: 'heart' }, { instances });

    expect(given).toMatchObject({ type: 'application/json', accept: 'text/csv' });
    expect(JSON.parse(given.text)).toEqual({ instances: JSON.parse(text!).rows });
    expect(given.text).toContain('null');
  });

  it('come as CSV without a header, missing values as empty fields', async () => {
    const json = JSON.parse((await sent(heart, { transform: 'heart' }, { instances })).text);

    const given = await sent(heart, { transform: 'heart', format: 'csv' }, { instances });

    const lines = (json.instances as (number | null)[][]).map((row) =>
      row.map((value) => value ?? '').join(','),
    );
    expect(given).toMatchObject({ type: 'text/csv', text: `${lines.join('\n')}\n` });
  });

  it('bad call: rows that the model does not take are refused as its own predictions refuse them', async () => {
    const wrong = sent(heart, { transform: 'heart' }, { instances: [{ age: 'old', sex: 'M', weight: 70 }] });

    await expect(wrong).rejects.toMatchObject({ kind: 'invalid_request', param: 'instances[0].age' });
  });

  it('expected failure: a model that is not there is named', async () => {
    await expect(sent(heart, { transform: 'unknown' }, { instances })).rejects.toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining('unknown'),
    });
  });
});

describe('texts', () => {
  it('come as tensors of the Open Inference Protocol, padded to the longest and masked', async () => {
    const given = await sent(texts, { tokenizer: 'minilm' }, { instances: ['the cat', 'the'] });

    const [ids, mask] = JSON.parse(given.text).inputs;
    const [width] = ids.shape.slice(1);
    expect([ids.name, ids.shape, ids.datatype]).toEqual(['input_ids', [2, width], 'INT64']);
    expect([mask.name, mask.shape, mask.datatype]).toEqual(['attention_mask', [2, width], 'INT64']);
    const second = mask.data.slice(width);
    expect(mask.data.slice(0, width)).toEqual(new Array(width).fill(1));
    expect(second.at(-1)).toBe(0);
    expect(ids.data.slice(width).filter((_: number, at: number) => second[at] === 0)).toEqual(
      second.filter((one: number) => one === 0),
    );
    expect(ids.data[0]).toBe(ids.data[width]);
  });

  it.each([
    [{ input: 'a text' }, 'instances'],
    [{ instances: [] }, 'instances'],
    [{ instances: ['a', 7] }, 'instances[1]'],
    [{ instances: [''] }, 'instances[0]'],
    [{ instances: new Array(2049).fill('a') }, 'instances'],
  ])('bad call: %o is refused', async (body, param) => {
    await expect(sent(texts, { tokenizer: 'minilm' }, body)).rejects.toMatchObject({
      code: 'invalid_field',
      param,
    });
  });

  it('bad call: texts of few tokens that one long text would have padded to very many', async () => {
    const patient = { ...tinyFolder, 'sentence_bert_config.json': { max_seq_length: 1000 } };
    const context = contextOf(await embeddingBucket({ patient }));
    const given = ['the cat '.repeat(100), ...new Array<string>(1999).fill('the')];

    await expect(sent(context, { tokenizer: 'patient' }, { instances: given })).rejects.toMatchObject({
      code: 'too_many_tokens',
      param: 'instances',
    });
  });

  it('bad call: a model that takes no texts has no tokenizer', async () => {
    await expect(sent(heart, { tokenizer: 'heart' }, { instances: ['a'] })).rejects.toMatchObject({
      code: 'no_embedding_model',
    });
  });
});

it('bodies of other dialects, and of models without a declaration, are left as they are', async () => {
  const declared = { model: 'large', endpoint: 'large', kind: 'real-time', speaks: 'raw' } as const;
  const tensors = request({}, { route: '/v2/models/{model}/infer' });
  const plain = request({});

  expect(await prepared(heart, tensors, { ...declared, input: { transform: 'heart' } })).toBe(tensors);
  expect(await prepared(heart, plain, declared)).toBe(plain);
});
