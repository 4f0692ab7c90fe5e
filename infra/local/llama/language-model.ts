/** Opens a GGUF file: a language model with its sequences, or an embedding model. */
import { availableParallelism } from 'node:os';
import { isOnrampError, OnrampError } from '../../../lib/core/index.ts';
import type { ChatTemplate } from './chat-prompt.ts';
import { checkGgufFile } from './gguf-file.ts';
import type { EmbeddingContext, Llama, LlamaLibrary, Model } from './library.ts';
import { callOpening } from './readers.ts';
import { createSequencePool, type SequencePool } from './sequences.ts';
import type { LlamaSettings } from './settings.ts';

/** A model that generates text. */
export interface TextModel {
  readonly kind: 'text';
  readonly library: LlamaLibrary;
  readonly llama: Llama;
  readonly model: Model;
  readonly template: ChatTemplate | null;
  readonly sequences: SequencePool;
  /** Tokens that fit into one sequence. */
  readonly contextSize: number;
  /** Tokens that are evaluated at once; the time of one such batch is how long a client that left is still worked for. */
  readonly batchSize: number;
}

/** A model whose file says that it makes vectors. */
export interface EmbeddingModel {
  readonly kind: 'embedding';
  readonly model: Model;
  readonly context: EmbeddingContext;
  readonly contextSize: number;
}

export type LoadedModel = TextModel | EmbeddingModel;

/**
 * Loads the model of the settings.
 *
 * @throws invalid_request for a file that is missing or is none of a model; not_ready `model_unusable` with the
 *   library's words, if it or the machine cannot do with it
 */
export async function openModel(settings: LlamaSettings, library: LlamaLibrary): Promise<LoadedModel> {
  await checkGgufFile(settings.modelPath);
  try {
    return await load(settings, library);
  } catch (cause) {
    if (isOnrampError(cause)) throw cause;
    const problem = `The model ${settings.modelPath} cannot be loaded: ${(cause as Error).message}`;
    throw new OnrampError('not_ready', problem, { code: 'model_unusable', cause });
  }
}

async function load(settings: LlamaSettings, library: LlamaLibrary): Promise<LoadedModel> {
  const llama = await startLlama(library);
  const model = await llama.loadModel({ modelPath: settings.modelPath });
  const contextTokens = Math.min(settings.contextTokens, model.trainContextSize);
  const threads = settings.threads ?? usualThreads(llama);
  if (isEmbeddingModel(model)) {
    const context = await model.createEmbeddingContext({ contextSize: contextTokens, threads });
    return { kind: 'embedding', model, context, contextSize: contextTokens };
  }
  const { sequences: count, queueLength } = settings;
  const context = await model.createContext({ sequences: count, contextSize: contextTokens, threads });
  const sequences = Array.from({ length: count }, () => context.getSequence());
  return {
    ...{ kind: 'text', library, llama, model },
    template: templateOf(model, library),
    sequences: createSequencePool(sequences, queueLength),
    contextSize: context.contextSize,
    batchSize: context.batchSize,
  };
}

async function startLlama(library: LlamaLibrary): Promise<Llama> {
  try {
    // Nothing is built or downloaded behind the user's back.
    return await library.getLlama({
      ...{ build: 'never', skipDownload: true, progressLogs: false },
      // No limit of the library's own: it is at least 4, and threads that have no core stand in each other's way.
      maxThreads: 0,
    });
  } catch (cause) {
    const problem = `node-llama-cpp has no program for this machine (${(cause as Error).message}); install it with its optional dependencies, or build it by "npx node-llama-cpp source download".`;
    throw new OnrampError('not_ready', problem, { code: 'model_unusable', cause });
  }
}

/** All threads wait for the slowest, so none may have to share its core with the platform. */
const usualThreads = ({ cpuMathCores }: Llama): number =>
  Math.max(1, Math.min(cpuMathCores, availableParallelism() - 1));

/** Files of embedding models say how the vectors of the tokens become one; 0 is "not at all". */
function isEmbeddingModel({ fileInfo: { metadata } }: Model): boolean {
  const own = metadata[metadata.general.architecture] as { readonly pooling_type?: number } | undefined;
  return (own?.pooling_type ?? 0) > 0;
}

function templateOf({ fileInfo: { metadata } }: Model, { Template }: LlamaLibrary): ChatTemplate | null {
  const text = metadata.tokenizer.chat_template;
  if (text === undefined) return null;
  return { template: new Template(text), knowsCalls: text.includes(callOpening) };
}
