/** `POST /v1/embeddings` over models of our own. */
import { beforeAll, describe, expect, it } from 'vitest';
import { fullAccess } from '../../../lib/access/index.ts';
import { type ServeContext, serveOperations } from '../../../lib/serve/index.ts';
import { createTokenizer } from '../../../lib/tokenize/index.ts';
import {
  dimensions,
  meanVector,
  tinyEncoder,
  tinyFolder,
  tokenizerText,
  tokenVector,
  vocabularySize,
} from '../../embedding-model.ts';
import { ask, contextOf } from '../ask.ts';
import { halfPlusTwo, heart, publish } from '../models.ts';
import { refusalOf } from '../refusal.ts';
import { embeddingBucket } from './embedding-bucket.ts';

const route = 'POST /v1/embeddings';
const tokenizer = createTokenizer(tokenizerText);

let context: ServeContext;

beforeAll(async () => {
  const unpooled = { ...tinyFolder, '1_Pooling/config.json': { pooling_mode: 'cls' } };
  const artifacts = await embeddingBucket({
    tiny: tinyFolder,
    cut: { ...tinyFolder, 'onramp.json': { truncate: true, default_prompt: 'query' } },
    plain: { ...unpooled, 'onramp.json': { normalize: false } },
    narrow: { ...tinyFolder, 'onnx/model.onnx': tinyEncoder({ ids: 'int32' }) },
    dynamic: { ...tinyFolder, 'onnx/model.onnx': tinyEncoder({ dynamic: true }) },
  });
  await publish(artifacts, 'heart/1', heart());
  await publish(artifacts, 'half/1', halfPlusTwo());
  context = contextOf(artifacts);
});

interface EmbeddingAnswer {
  readonly object: string;
  readonly data: readonly { readonly object: string; readonly index: number; readonly embedding: number[] }[];
  readonly model: string;
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

async function answerTo(body: object): Promise<EmbeddingAnswer> {
  const { text } = await ask(context, route, { headers: { 'content-type': 'application/json' }, body });
  return JSON.parse(text!);
}

const vectorsOf = async (body: object): Promise<number[][]> =>
  (await answerTo(body)).data.map(({ embedding }) => embedding);

const close = (vector: readonly number[]) => vector.map((value) => expect.closeTo(value, 6));

describe('vectors of texts', () => {
  it('are those of the model, one for each text, with the tokens counted', async () => {
    const input = ['The patient came back.', 'Zürich', 'house prices', 'Zürich'];

    const answer = await answerTo({ model: 'tiny', input });

    const ids = input.map((text) => tokenizer.encode(text));
    const tokens = ids.flat().length;
    expect(answer).toEqual({
      object: 'list',
      data: ids.map((of, index) => ({ object: 'embedding', index, embedding: close(meanVector(of)) })),
      model: 'tiny',
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  });

  it('are the same for one text as for that text among others, to the last bit', async () => {
    const words = ['a', 'of', 'the patient', 'nothing wrong', 'size', 'Paulo', 'rooms', 'matter too'];
    const input = Array.from({ length: 150 }, (_, index) =>
      words.slice(index % 5, (index % 5) + 1 + (index % 4)).join(' '),
    );

    for (const model of ['tiny', 'dynamic']) {
      const together = await vectorsOf({ model, input });
      const alone = await Promise.all(
        input.map(async (text) => (await vectorsOf({ model, input: text }))[0]),
      );
      expect(together).toEqual(alone);
    }
  });

  it('come as the bytes of floats when base64 is asked for', async () => {
    const input = ['The patient', 'house'];
    const numbers = await vectorsOf({ model: 'tiny', input, encoding_format: 'float' });

    const { data } = await answerTo({ model: 'tiny', input, encoding_format: 'base64' });

    const read = data.map(({ embedding }) => {
      const bytes = Buffer.from(embedding as unknown as string, 'base64');
      return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
    });
    expect(read).toEqual(numbers.map((vector) => vector.map(Math.fround)));
  });

  it('are cut to the first dimensions and brought back to length 1', async () => {
    const [whole] = await vectorsOf({ model: 'tiny', input: 'house prices' });

    const [cut] = await vectorsOf({ model: 'tiny', input: 'house prices', dimensions: 2 });

    const length = Math.hypot(whole![0]!, whole![1]!);
    expect(cut).toEqual(close([whole![0]! / length, whole![1]! / length]));
  });

  it('keep their length where the model gives them one, cut or not', async () => {
    const cls = tokenVector(tokenizer.encode('')[0]!);

    expect(await vectorsOf({ model: 'plain', input: 'house' })).toEqual([cls]);
    expect(await vectorsOf({ model: 'plain', input: 'house', dimensions: 3 })).toEqual([cls.slice(0, 3)]);
  });

  it('are made of tokens as they are given, of one text or of several', async () => {
    const ids = tokenizer.encode('house prices');
    const [expected] = await vectorsOf({ model: 'tiny', input: 'house prices' });

    expect(await vectorsOf({ model: 'tiny', input: ids })).toEqual([expected]);
    expect(await vectorsOf({ model: 'tiny', input: [ids, [7]] })).toEqual([expected, close(meanVector([7]))]);
  });

  it('are the same for a model that takes 32-bit tokens', async () => {
    const input = ['house prices'];

    expect(await vectorsOf({ model: 'narrow', input })).toEqual(await vectorsOf({ model: 'tiny', input }));
  });

  it('are made with a prompt before the text where one is asked for, or the model has one by itself', async () => {
    const prompted = close(meanVector(tokenizer.encode('query: house')));

    expect(await vectorsOf({ model: 'tiny', input: 'house', prompt_name: 'query' })).toEqual([prompted]);
    expect(await vectorsOf({ model: 'cut', input: 'house' })).toEqual([prompted]);
    expect(await vectorsOf({ model: 'cut', input: 'house', prompt_name: null })).toEqual(
      await vectorsOf({ model: 'tiny', input: 'house' }),
    );
  });

  it('are made of the beginning of a long text where the model says so, special tokens kept', async () => {
    const input = 'house '.repeat(40);
    const ids = tokenizer.encode(`query: ${input}`);

    const { data, usage } = await answerTo({ model: 'cut', input });

    expect(data[0]!.embedding).toEqual(close(meanVector([...ids.slice(0, 23), ids.at(-1)!])));
    expect(usage.prompt_tokens).toBe(24);
  });

  it('are told of on the log line, with their tokens', async () => {
    const { fields } = await ask(context, route, { body: { model: 'tiny', input: ['house'] } });

    const tokens = tokenizer.encode('house').length;
    expect(fields).toEqual({ model: 'tiny', version: '1', rows: 1, input_tokens: tokens });
  });
});

describe('requests that are refused', () => {
  const long = 'house '.repeat(40);
  const cases: readonly (readonly [name: string, body: unknown, code: string, param: string | null])[] = [
    ['no object', [], 'wrong_type', null],
    ['no model', { input: 'a' }, 'wrong_type', 'model'],
    ['a model of no name', { model: 'A/b', input: 'a' }, 'invalid_field', 'model'],
    ['an unknown model', { model: 'none', input: 'a' }, 'model_not_found', 'model'],
    ['no input', { model: 'tiny' }, 'wrong_type', 'input'],
    ['an input of another kind', { model: 'tiny', input: { text: 'a' } }, 'wrong_type', 'input'],
    ['an empty text', { model: 'tiny', input: '' }, 'invalid_field', 'input'],
    ['an empty list', { model: 'tiny', input: [] }, 'invalid_field', 'input'],
    ['an empty text among others', { model: 'tiny', input: ['a', ''] }, 'invalid_field', 'input[1]'],
    ['an empty list of tokens', { model: 'tiny', input: [[1], []] }, 'invalid_field', 'input[1]'],
    ['a text among tokens', { model: 'tiny', input: [[1], 'a'] }, 'wrong_type', 'input[1]'],
    ['half a token', { model: 'tiny', input: [1, 2.5] }, 'wrong_type', 'input[0]'],
    [
      'a token that there is not',
      { model: 'tiny', input: [[1], [vocabularySize]] },
      'unknown_token',
      'input[1]',
    ],
    ['a negative token', { model: 'tiny', input: [-1] }, 'unknown_token', 'input'],
    ['too many texts', { model: 'tiny', input: Array(2049).fill('a') }, 'too_many_inputs', 'input'],
    ['a text that is too long', { model: 'tiny', input: ['a', long] }, 'context_length_exceeded', 'input[1]'],
    ['too many tokens', { model: 'tiny', input: Array(25).fill(1) }, 'context_length_exceeded', 'input'],
    [
      'another encoding',
      { model: 'tiny', input: 'a', encoding_format: 'hex' },
      'invalid_field',
      'encoding_format',
    ],
    ['no dimensions', { model: 'tiny', input: 'a', dimensions: 0 }, 'invalid_field', 'dimensions'],
    ['a chat too', { model: 'tiny', input: 'a', messages: [] }, 'invalid_field', 'messages'],
    ['the prompt of a completion', { model: 'tiny', input: 'a', prompt: 'b' }, 'invalid_field', 'prompt'],
    [
      'too many dimensions',
      { model: 'tiny', input: 'a', dimensions: dimensions + 1 },
      'invalid_field',
      'dimensions',
    ],
    [
      'an unknown prompt',
      { model: 'tiny', input: 'a', prompt_name: 'toString' },
      'invalid_field',
      'prompt_name',
    ],
    ['a model of rows', { model: 'heart', input: 'a' }, 'no_embedding_model', 'model'],
    ['a model of tensors', { model: 'half', input: 'a' }, 'no_embedding_model', 'model'],
  ];
  for (const [name, body, code, param] of cases) {
    it(`bad call: ${name}`, async () => {
      const refusal = await refusalOf(ask(context, route, { body }));

      expect({ code: refusal.code, param: refusal.param }).toEqual({ code, param });
    });
  }

  it('bad call: another dialect of the same model tells of the right address', async () => {
    const rows = await refusalOf(ask(context, route, { body: { model: 'heart', input: 'a' } }));
    const tensors = await refusalOf(ask(context, route, { body: { model: 'half', input: 'a' } }));

    expect(rows.message).toContain('POST /v1/models/heart/predict');
    expect(tensors.message).toContain('POST /v2/models/half/infer');
  });

  it('bad call: a model of somebody else is refused before it is looked at', async () => {
    const access = { ...fullAccess('test'), models: ['heart'] };
    const body = JSON.stringify({ model: 'tiny', input: 'a' });

    const refusal = await refusalOf(
      serveOperations[route]!(context, {
        ...{ method: 'POST', route: '/v1/embeddings', path: {}, query: {}, requestId: 'request', access },
        body: { text: () => body, bytes: () => Buffer.from(body) },
        header: () => undefined,
      }),
    );

    expect(refusal.kind).toBe('forbidden');
  });
});
