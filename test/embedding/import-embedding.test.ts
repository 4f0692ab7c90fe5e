/** Folders of embedding models: what becomes of them, and which are refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { unpackEmbedding } from '../../lib/embedding/index.ts';
import { readEmbedding } from '../../lib/embedding/pack.ts';
import { checkModel, createSession, readMetadata } from '../../lib/onnx/index.ts';
import {
  archiveOf,
  dimensions,
  type FolderFiles,
  meanVector,
  tinyEncoder,
  tinyFolder,
  tokenizerText,
  tokenVector,
} from '../embedding-model.ts';
import { refusalOf } from '../serve/refusal.ts';

/** The one file that a folder becomes. */
async function pack(files: FolderFiles): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-embedding-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'model.onnx');
  writeFileSync(path, archiveOf(files));
  await unpackEmbedding(path);
  return new Uint8Array(readFileSync(path));
}

const texts = [
  [2, 40, 50, 60, 3],
  [2, 77, 3],
] as const;

/** Vectors of both texts in one batch, the second one padded. */
async function vectorsOf(file: Uint8Array): Promise<number[][]> {
  const session = await createSession(file);
  onTestFinished(() => session.release());
  const padded = texts.flatMap((ids) => [...ids, ...Array(5 - ids.length).fill(0)]);
  const mask = texts.flatMap((ids) => [...ids.map(() => 1), ...Array(5 - ids.length).fill(0)]);
  const tensor = (values: readonly number[]) =>
    ({ type: 'int64', dims: [2, 5], data: BigInt64Array.from(values, BigInt) }) as const;
  const outputs = await session.run({ input_ids: tensor(padded), attention_mask: tensor(mask) });
  const [output] = Object.values(outputs);
  const values = Array.from(output!.data as Float32Array);
  return [values.slice(0, dimensions), values.slice(dimensions)];
}

/** Compared to the last digit but one of 32 bits. */
const close = (values: readonly (readonly number[])[]) =>
  values.map((vector) => vector.map((value) => expect.closeTo(value, 6)));

const pooledBy = (mode: string): FolderFiles => ({
  ...tinyFolder,
  '1_Pooling/config.json': { [mode]: true },
  'modules.json': (tinyFolder['modules.json'] as object[]).slice(0, 2),
});

describe('the one file', () => {
  it('gives the mean of the tokens at length 1, whatever the padding', async () => {
    const file = await pack(tinyFolder);

    expect(await vectorsOf(file)).toEqual(close(texts.map(meanVector)));
  });

  it.each([
    ['pooling_mode_cls_token', texts.map((ids) => tokenVector(ids[0]))],
    ['pooling_mode_lasttoken', texts.map((ids) => tokenVector(ids.at(-1)!))],
  ])('pools as %s says, without a length of its own', async (mode, expected) => {
    const file = await pack(pooledBy(mode));

    expect(await vectorsOf(file)).toEqual(close(expected));
  });

  it('pools as newer folders say it, in one word', async () => {
    const file = await pack({ ...tinyFolder, '1_Pooling/config.json': { pooling_mode: 'lasttoken' } });

    const last = texts.map((ids) => meanVector([ids.at(-1)!]));
    expect(await vectorsOf(file)).toEqual(close(last));
  });

  it('keeps the vectors of a model that pools by itself', async () => {
    const file = await pack({
      ...pooledBy('pooling_mode_mean_tokens'),
      'onnx/model.onnx': tinyEncoder({ pooled: true }),
    });

    const { pooling } = readEmbedding(file)!;
    expect(pooling).toBe('none');
    const sum = [...texts[0]].reduce((total, id) => total + tokenVector(id)[1]!, 0);
    expect((await vectorsOf(file))[0]![1]).toBeCloseTo(sum, 5);
  });

  it('holds its tokenizer and its settings, and no output but the vectors', async () => {
    const file = await pack(tinyFolder);

    const { graph, metadata } = checkModel(file);
    expect(graph.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['sentence_embedding', ['batch', dimensions]],
    ]);
    expect(Buffer.from(readMetadata(file, 'onramp.tokenizer')!).toString()).toBe(tokenizerText);
    expect(JSON.parse(metadata['onramp.embedding']!)).toEqual({
      ...{ pooling: 'mean', normalize: true, dimensions, max_tokens: 24, truncate: false },
      ...{ prompts: { query: 'query: ' }, default_prompt: null },
      ...{ one_by_one: false, output: 'sentence_embedding' },
    });
  });

  it('is the same for the same folder', async () => {
    const file = await pack(tinyFolder);

    expect(await pack(tinyFolder)).toEqual(file);
  });

  it('says of a model that quantizes as it goes that its texts must be alone', async () => {
    const file = await pack({ ...tinyFolder, 'onnx/model.onnx': tinyEncoder({ dynamic: true }) });

    expect(readEmbedding(file)!.one_by_one).toBe(true);
  });

  it('follows onramp.json where a folder has one', async () => {
    const file = await pack({
      'tokenizer.json': tokenizerText,
      'a.onnx': tinyEncoder(),
      'b.onnx': tinyEncoder({ ids: 'int32' }),
      'onramp.json': { model: 'b.onnx', pooling: 'cls', normalize: true, max_tokens: 9, truncate: true },
    });

    expect(checkModel(file).graph.inputs[0]!.type).toBe('int32');
    expect(readEmbedding(file)).toMatchObject({
      pooling: 'cls',
      normalize: true,
      max_tokens: 9,
      truncate: true,
    });
  });
});

describe('folders that are refused', () => {
  it('bad call: an ONNX file that has everything in it already', async () => {
    const file = await pack(tinyFolder);

    const refusal = await refusalOf(pack({ ...tinyFolder, 'onnx/model.onnx': file }));

    expect(refusal.message).toContain('import it by itself');
  });

  const cases: readonly (readonly [name: string, files: FolderFiles, code: string, words: string])[] = [
    ['no ONNX file', { ...tinyFolder, 'onnx/model.onnx': '', 'onnx/other.onnx': '' }, 'not_onnx', 'no graph'],
    [
      'two ONNX files',
      { 'tokenizer.json': '', 'a.onnx': '', 'b.onnx': '' },
      'invalid_embedding_model',
      'name one in onramp.json',
    ],
    [
      'a dense layer',
      { ...tinyFolder, 'modules.json': [{ type: 'sentence_transformers.models.Dense', path: '2' }] },
      'invalid_embedding_model',
      '"Dense"',
    ],
    [
      'pooling by the maximum',
      pooledBy('pooling_mode_max_tokens'),
      'invalid_embedding_model',
      'pooling_mode_max_tokens',
    ],
    [
      'two ways of pooling',
      {
        ...tinyFolder,
        '1_Pooling/config.json': { pooling_mode_cls_token: true, pooling_mode_mean_tokens: true },
      },
      'invalid_embedding_model',
      'pooling_mode_cls_token and pooling_mode_mean_tokens',
    ],
    [
      'no word on pooling',
      { 'tokenizer.json': tokenizerText, 'model.onnx': tinyEncoder() },
      'invalid_embedding_model',
      'onramp.json',
    ],
    [
      'no word on the length',
      { ...tinyFolder, 'sentence_bert_config.json': {} },
      'invalid_embedding_model',
      'max_tokens',
    ],
    [
      'lower-casing beside the tokenizer',
      { ...tinyFolder, 'sentence_bert_config.json': { do_lower_case: true } },
      'invalid_embedding_model',
      'do_lower_case',
    ],
    [
      'a default prompt that is none',
      { ...tinyFolder, 'onramp.json': { default_prompt: 'x' } },
      'invalid_embedding_model',
      '"x"',
    ],
    [
      'an unknown setting',
      { ...tinyFolder, 'onramp.json': { poolling: 'mean' } },
      'invalid_embedding_model',
      'poolling',
    ],
    [
      'a file that is no JSON',
      { ...tinyFolder, 'modules.json': '[' },
      'invalid_embedding_model',
      'modules.json',
    ],
    [
      'a tokenizer that is not understood',
      { ...tinyFolder, 'tokenizer.json': '{"model":{"type":"X"}}' },
      'unsupported_tokenizer',
      '"X"',
    ],
  ];
  for (const [name, files, code, words] of cases) {
    it(`bad call: ${name}`, async () => {
      const refusal = await refusalOf(pack(files));

      expect(refusal.code).toBe(code);
      expect(refusal.message).toContain(words);
    });
  }

  it.each([
    ['an input that nobody can fill', { extra: 'pixel_values' }, '"pixel_values"'],
    ['a fixed length', { shape: ['batch', 16] }, 'fixed size'],
  ])('bad call: the packed file has %s', async (_name, options, words) => {
    const file = await pack({ ...tinyFolder, 'onnx/model.onnx': tinyEncoder(options) });

    const refusal = await refusalOf((async () => readEmbedding(file))());

    expect(refusal.message).toContain(words);
  });
});
