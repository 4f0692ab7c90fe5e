/** A tiny embedding model, and the folder in which sentence-transformers would keep it. */
import { readFileSync } from 'node:fs';
import { tarOf } from '../cli/tar.ts';
import { attr, createGraphBuilder, type ElementType, encodeModel } from '../lib/onnx/index.ts';

/** Text of the WordPiece tokenizer of the tests, with 391 tokens. */
export const tokenizerText = readFileSync(
  new URL('./tokenize/fixtures/word-piece.json', import.meta.url),
  'utf8',
);

export const vocabularySize = 391;
export const dimensions = 4;

/** The vector of a token, before pooling: whole numbers, whose sums are exact. */
export const tokenVector = (id: number): readonly number[] =>
  Array.from({ length: dimensions }, (_, axis) => ((id * (axis + 3)) % 17) - 8);

/** What of the tiny model differs. */
export interface TinyOptions {
  readonly ids?: ElementType;
  readonly shape?: readonly (string | number)[];
  /** Input beside the usual ones. */
  readonly extra?: string;
  /** Quantizes with the range of everything in the batch. */
  readonly dynamic?: boolean;
  /** Gives vectors of texts by itself: the sum of those of the tokens. */
  readonly pooled?: boolean;
}

/** An ONNX file that looks every token up in a table. */
export function tinyEncoder({
  ids: type = 'int64',
  shape = ['batch', 'sequence'],
  extra,
  dynamic = false,
  pooled = false,
}: TinyOptions = {}): Uint8Array {
  const graph = createGraphBuilder('tiny');
  const ids = graph.input('input_ids', type, shape);
  const mask = graph.input('attention_mask', type, shape);
  if (extra !== undefined)
    graph.output('unused', graph.op('Identity', [graph.input(extra, type, shape)]), type, shape);
  const rows = Array.from({ length: vocabularySize }, (_, id) => tokenVector(id)).flat();
  let vectors = graph.op('Gather', [graph.floats(rows, [vocabularySize, dimensions]), ids]);
  if (dynamic) {
    const [low, scale, zero] = graph.ops('DynamicQuantizeLinear', 3, [vectors]);
    vectors = graph.op('DequantizeLinear', [low!, scale!, zero!]);
  }
  graph.output('mask', mask, type, shape);
  if (pooled) {
    const sum = graph.op('ReduceSum', [vectors, graph.integers([1])], { keepdims: attr.int(0) });
    graph.output('sentence_embedding', sum, 'float32', ['batch', dimensions]);
  } else graph.output('last_hidden_state', vectors, 'float32', ['batch', 'sequence', dimensions]);
  return encodeModel(graph.model());
}

/** Files of a folder by path. */
export type FolderFiles = Readonly<Record<string, Uint8Array | string | object>>;

/** The folder of the tiny model, pooled by the mean and brought to length 1. */
export const tinyFolder: FolderFiles = {
  'modules.json': [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
    { idx: 2, name: '2', path: '2_Normalize', type: 'sentence_transformers.models.Normalize' },
  ],
  '1_Pooling/config.json': {
    word_embedding_dimension: dimensions,
    pooling_mode_mean_tokens: true,
    pooling_mode_cls_token: false,
  },
  'sentence_bert_config.json': { max_seq_length: 24, do_lower_case: false },
  'config_sentence_transformers.json': { prompts: { query: 'query: ' }, default_prompt_name: null },
  'tokenizer.json': tokenizerText,
  'onnx/model.onnx': tinyEncoder(),
};

/** A folder as a tar archive, below a folder of its own. */
export const archiveOf = (files: FolderFiles): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    tarOf(
      Object.entries(files).map(([path, body]) => ({ path: `tiny/${path}`, body: fileBytes(body) })),
      new Date(0),
    ),
  );

/** What is written into a file of a folder. */
export const fileBytes = (body: Uint8Array | string | object): Uint8Array =>
  body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

/** The mean of the tokens' vectors at length 1: what the tiny model must answer for them. */
export function meanVector(ids: readonly number[]): number[] {
  const sum = Array.from({ length: dimensions }, (_, axis) =>
    ids.reduce((total, id) => total + tokenVector(id)[axis]!, 0),
  );
  const length = Math.hypot(...sum);
  return sum.map((value) => value / length);
}
