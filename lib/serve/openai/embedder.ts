/** Runs an embedding model over token ids. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EmbeddingSettings } from '../../contracts/embedding.ts';
import { embeddingInputs } from '../../contracts/embedding-file.ts';
import type { ImportedManifest } from '../../contracts/records.ts';
import { internal } from '../../core/index.ts';
import type { ModelSession, TensorData } from '../../onnx/index.ts';
import { createTokenizer, type Tokenizer } from '../../tokenize/index.ts';
import type { Releasable, TensorModel } from '../version-cache.ts';

/** A version that makes vectors of texts. */
export interface EmbeddingModel extends TensorModel {
  readonly manifest: ImportedManifest & { readonly embedding: EmbeddingSettings };
}

/** A model with its tokenizer. */
export interface Embedder extends Releasable {
  readonly tokenizer: Tokenizer;
  /** One vector for each list of token ids, in their order. */
  embed(texts: readonly (readonly number[])[]): Promise<Float32Array[]>;
}

/** Texts and tokens in one run: larger ones are no faster, and keep the process from everything else for longer. */
const batchLimits = { texts: 32, tokens: 4096 } as const;

/** The embedder of a model; made once, however many ask. */
export function embedderOf(model: EmbeddingModel): Promise<Embedder> {
  const { extras } = model;
  let embedder = extras.get('embedder') as Promise<Embedder> | undefined;
  if (!embedder) {
    embedder = openEmbedder(model);
    extras.set('embedder', embedder);
    // A failure is not kept: the next one who asks tries again.
    embedder.catch(() => extras.delete('embedder'));
  }
  return embedder;
}

async function openEmbedder({ session, manifest, tokenizerFile }: EmbeddingModel): Promise<Embedder> {
  if (tokenizerFile === null) {
    throw internal('The file of an embedding model has no tokenizer.', { code: 'artifact_damaged' });
  }
  return {
    tokenizer: createTokenizer(new TextDecoder().decode(tokenizerFile)),
    embed: async (texts) => {
      const vectors = new Array<Float32Array>(texts.length);
      for (const batch of batchesOf(texts, manifest.embedding.one_by_one)) {
        await runBatch(session, { texts, batch, vectors, name: manifest.embedding.output });
        // Runs block this thread: others have their turn in between.
        await nextTurn();
      }
      return vectors;
    },
    release: async () => {},
  };
}

/**
 * Places of texts that are run together: only those of the same length, so that none is padded. What a text's vector is
 * then does not depend on the others, and nothing is computed for padding.
 */
function batchesOf(
  texts: readonly (readonly number[])[],
  isOneByOne: boolean,
): readonly (readonly number[])[] {
  const places = new Map<number, number[]>();
  for (const [place, { length }] of texts.entries()) {
    const alike = places.get(length);
    if (alike) alike.push(place);
    else places.set(length, [place]);
  }
  return [...places].flatMap(([length, alike]) => {
    const size = isOneByOne
      ? 1
      : Math.max(1, Math.min(batchLimits.texts, Math.floor(batchLimits.tokens / length)));
    const count = Math.ceil(alike.length / size);
    return Array.from({ length: count }, (_, index) => alike.slice(index * size, (index + 1) * size));
  });
}

interface Batch {
  readonly texts: readonly (readonly number[])[];
  /** Places among the texts. */
  readonly batch: readonly number[];
  readonly vectors: Float32Array[];
  /** Of the output. */
  readonly name: string;
}

async function runBatch(session: ModelSession, { texts, batch, vectors, name }: Batch): Promise<void> {
  const tokens = texts[batch[0]!]!.length;
  const dims = [batch.length, tokens];
  const ids = batch.flatMap((place) => texts[place]!);
  const feeds = Object.fromEntries(
    session.inputs.map((input) => [input.name, tensorOf(valuesFor(input.name, ids), input.type, dims)]),
  );
  const { [name]: output } = await session.run(feeds, [name]);
  const data = output!.data as Float32Array;
  const size = data.length / batch.length;
  for (const [row, place] of batch.entries()) vectors[place] = data.slice(row * size, (row + 1) * size);
}

/** Every token is looked at, and all belong to the first and only sentence. */
function valuesFor(name: string, ids: readonly number[]): readonly number[] {
  if (name === embeddingInputs.ids) return ids;
  return new Array<number>(ids.length).fill(name === embeddingInputs.mask ? 1 : 0);
}

function tensorOf(values: readonly number[], type: string, dims: readonly number[]): TensorData {
  if (type === 'int32') return { type, dims, data: Int32Array.from(values) };
  return { type: 'int64', dims, data: BigInt64Array.from(values, BigInt) };
}
