/** Makes one ONNX file of an embedding model: with its pooling in the graph, and its tokenizer in the metadata. */
import { type EmbeddingSettings, embeddingSettings } from '../contracts/embedding.ts';
import { embeddingInputs, embeddingMetadata, embeddingOutput } from '../contracts/embedding-file.ts';
import { extendModel, outlineModel, readMetadata, type ValueInfo } from '../onnx/index.ts';
import { createTokenizer } from '../tokenize/index.ts';
import { poolingGraph } from './pool.ts';
import { type EmbeddingFolder, refuseFolder } from './read-folder.ts';

const utf8 = new TextDecoder();

/**
 * The file that needs nothing beside it. Of the model's own outputs none is left.
 *
 * @throws invalid_request `invalid_embedding_model` if the parts do not fit, `unsupported_tokenizer` naming what is not
 *   known here; and a `RefusalCode` for bytes that are no ONNX file
 */
export function packEmbedding(folder: EmbeddingFolder): Uint8Array {
  const { inputs, outputs, operators } = outlineModel(folder.onnx);
  if (readMetadata(folder.onnx, embeddingMetadata.settings)) {
    throw refuseFolder('the ONNX file has a tokenizer and its pooling in it already; import it by itself');
  }
  const { specialTokens } = createTokenizer(folder.tokenizer);
  const mask = inputs.find(({ name }) => name === embeddingInputs.mask);
  const source = sourceOf(outputs);
  const isPooled = source.shape.length === 2;
  const pooling = isPooled ? 'none' : folder.pooling;
  if (pooling === null || (pooling === 'none' && !isPooled)) {
    throw refuseFolder(
      'no file tells how it pools; say {"pooling": "mean"} in onramp.json, or "cls" or "last"',
    );
  }
  if (!mask && !isPooled) throw refuseFolder(`the ONNX file has no input "${embeddingInputs.mask}"`);
  const dimensions = source.shape.at(-1);
  if (typeof dimensions !== 'number') {
    throw refuseFolder(
      `the ONNX file does not say how many dimensions "${source.name}" has; export it again`,
    );
  }
  if (folder.maxTokens === null || folder.maxTokens <= specialTokens) {
    throw refuseFolder('no file tells how many tokens it takes; say {"max_tokens": 512} in onramp.json');
  }
  const settings: EmbeddingSettings = {
    ...{ pooling, dimensions, normalize: folder.normalize, max_tokens: folder.maxTokens },
    ...{ truncate: folder.truncate, prompts: folder.prompts, default_prompt: promptOf(folder) },
    one_by_one: scalesTogether(operators),
    // A value of the graph keeps its name.
    output: source.name === embeddingOutput ? `${embeddingOutput}_1` : embeddingOutput,
  };
  const end = poolingGraph({ source, mask: mask ?? source, ...settings });
  return extendModel(folder.onnx, end, {
    [embeddingMetadata.settings]: JSON.stringify(settings),
    [embeddingMetadata.tokenizer]: folder.tokenizer,
  });
}

/** Vectors of texts, if the file gives them; else those of tokens, under their usual name or as the only output. */
function sourceOf(outputs: readonly ValueInfo[]): ValueInfo {
  const pooled = outputs.find(({ name, shape }) => name === embeddingOutput && shape.length === 2);
  const tokens = outputs.filter(({ shape }) => shape.length === 3);
  const source = pooled ?? tokens.find(({ name }) => name === 'last_hidden_state') ?? tokens[0];
  if (source) return source;
  throw refuseFolder('the ONNX file gives no vectors of tokens: no output has three dimensions');
}

function promptOf({ prompts, defaultPrompt }: EmbeddingFolder): string | null {
  if (defaultPrompt === null || Object.hasOwn(prompts, defaultPrompt)) return defaultPrompt;
  throw refuseFolder(`the default prompt "${defaultPrompt}" is not among its prompts`);
}

/** Dynamic quantization takes the range of everything in a batch, of the other texts too. */
const scalesTogether = (operators: ReadonlySet<string>): boolean =>
  [...operators].some((operator) => operator.startsWith('DynamicQuantize'));

/**
 * What a file says of itself as an embedding model, checked against its tokenizer and the tensors that it takes; null if
 * it is none.
 *
 * @throws invalid_request `invalid_embedding_model`, `unsupported_tokenizer`
 */
export function readEmbedding(
  bytes: Uint8Array,
  { inputs, outputs }: Pick<ReturnType<typeof outlineModel>, 'inputs' | 'outputs'> = outlineModel(bytes),
): EmbeddingSettings | null {
  const text = readMetadata(bytes, embeddingMetadata.settings);
  if (text === null) return null;
  const settings = parseSettings(utf8.decode(text));
  createTokenizer(utf8.decode(readMetadata(bytes, embeddingMetadata.tokenizer) ?? new Uint8Array()));
  const known: readonly string[] = Object.values(embeddingInputs);
  for (const { name, type, shape } of inputs) {
    if (!known.includes(name))
      throw refuseFolder(`the ONNX file has an input "${name}", which is not supported`);
    if (type !== 'int64' && type !== 'int32')
      throw refuseFolder(`the input "${name}" must hold whole numbers`);
    if (shape.length !== 2 || shape.some((size) => typeof size === 'number')) {
      throw refuseFolder(
        `the input "${name}" has a fixed size; export the model with variable sizes for both`,
      );
    }
  }
  const vectors = outputs.find(({ name }) => name === settings.output);
  if (vectors?.type !== 'float32' || vectors.shape.length !== 2 || vectors.shape[1] !== settings.dimensions) {
    throw refuseFolder(
      `the ONNX file has no output "${settings.output}" of ${settings.dimensions} dimensions`,
    );
  }
  return settings;
}

function parseSettings(text: string): EmbeddingSettings {
  try {
    return embeddingSettings.parse(JSON.parse(text));
  } catch {
    throw refuseFolder(
      `the metadata "${embeddingMetadata.settings}" of the ONNX file are not what they should be`,
    );
  }
}
