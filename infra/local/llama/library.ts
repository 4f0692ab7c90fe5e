/** The part of `node-llama-cpp` that is used, and where it is found: the user installs it, Onramp does not need it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { invalidInput } from '../../../lib/core/index.ts';

/** Place of a token in the model's vocabulary. */
export type Token = number;

/** What may be generated; made from GBNF or from a JSON schema. */
export type Grammar = object;
/** How far one answer has come in its grammar. */
export type GrammarState = object;

/** How the next token is chosen. */
export interface SamplingOptions {
  /** 0 takes the most probable token. */
  readonly temperature: number;
  readonly topP: number;
  /** 0 for the whole vocabulary. */
  readonly topK: number;
  readonly minP: number;
  readonly seed: number;
  readonly tokenBias?: TokenBias;
  readonly repeatPenalty?: {
    readonly punishTokens: () => readonly Token[];
    /** 1 for none of this kind. */
    readonly penalty: number;
    readonly frequencyPenalty: number;
    readonly presencePenalty: number;
  };
}

/** What one evaluation is given. */
export interface EvaluateOptions extends SamplingOptions {
  /** Asked for each token. */
  readonly grammarEvaluationState: () => GrammarState | undefined;
}

/** A token that was chosen; the probabilities fall, and are there when they were asked for. */
export interface SampledToken {
  readonly token: Token;
  readonly probabilities?: ReadonlyMap<Token, number>;
}

/** One of the texts that a context works on at a time. */
export interface Sequence {
  readonly contextTokens: readonly Token[];
  readonly nextTokenIndex: number;
  clearHistory(): Promise<void>;
  adaptStateToTokens(tokens: readonly Token[], allowShift: boolean): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void>;
  /** Ends by itself where the model ends its text. */
  evaluateWithMetadata(
    tokens: readonly Token[],
    metadata: { readonly probabilities: boolean },
    options: EvaluateOptions,
  ): AsyncGenerator<SampledToken, void>;
}

/** Room for several sequences, which are evaluated together. */
export interface Context {
  /** Tokens of one sequence. */
  readonly contextSize: number;
  readonly batchSize: number;
  getSequence(): Sequence;
}

export interface EmbeddingContext {
  getEmbeddingFor(tokens: readonly Token[]): Promise<{ readonly vector: readonly number[] }>;
  /** Tokens of the input with those that mark its beginning and end. */
  calculateInputLength(tokens: readonly Token[]): number;
}

export interface Model {
  /** Metadata of the file, its names cut at the dots: `tokenizer.chat_template` and so on. */
  readonly fileInfo: { readonly metadata: Metadata };
  readonly trainContextSize: number;
  readonly tokenizer: unknown;
  readonly tokens: {
    readonly bos: Token | null;
    readonly bosString: string | null;
    readonly eosString: string | null;
    readonly shouldPrependBosToken: boolean;
  };
  /** With special tokens, the text of a special token becomes it. */
  tokenize(text: string, specialTokens?: boolean): Token[];
  detokenize(tokens: readonly Token[], specialTokens?: boolean, lastTokens?: readonly Token[]): string;
  createContext(options: {
    readonly sequences: number;
    readonly contextSize: number;
    readonly threads: number;
  }): Promise<Context>;
  createEmbeddingContext(options: {
    readonly contextSize: number;
    readonly threads: number;
  }): Promise<EmbeddingContext>;
}

interface Metadata {
  readonly general: { readonly architecture: string; readonly name?: string };
  readonly tokenizer: {
    readonly chat_template?: string;
    /** The vocabulary. */
    readonly ggml: { readonly tokens: { readonly length: number } };
  };
  readonly [architecture: string]: unknown;
}

export interface Llama {
  /** Cores that are good at arithmetic. */
  readonly cpuMathCores: number;
  loadModel(options: { readonly modelPath: string }): Promise<Model>;
  getGrammarFor(type: 'json'): Promise<Grammar>;
  createGrammarForJsonSchema(schema: object): Promise<Grammar>;
}

/** Makes tokens likelier or less likely. */
export interface TokenBias {
  set(token: Token, bias: 'never' | { readonly logit: number }): TokenBias;
}

/** A chat template, which is written in Jinja. */
export interface Template {
  render(variables: object): string;
}

/** The module, and the Jinja that it brings along. */
export interface LlamaLibrary {
  getLlama(options: {
    readonly build: 'never';
    readonly skipDownload: true;
    readonly progressLogs: false;
    readonly maxThreads: number;
  }): Promise<Llama>;
  readonly LlamaGrammarEvaluationState: new (options: {
    readonly model: Model;
    readonly grammar: Grammar;
  }) => GrammarState;
  readonly TokenBias: new (tokenizer: unknown) => TokenBias;
  readonly Template: new (text: string) => Template;
}

/** The release that this was written for and is tested with. */
export const libraryVersion = '3.22.1';

/**
 * Loads the library out of the first folder that has it, or below which it is looked for as Node does.
 *
 * @throws invalid_request `package_missing` that says how to install it
 */
export async function loadLibrary(folders: readonly string[]): Promise<LlamaLibrary> {
  for (const folder of folders) {
    const entry = find('node-llama-cpp', join(folder, 'package.json'));
    // It is the library's own dependency, so it lies where the library looks for it.
    const jinja = entry && find('@huggingface/jinja', entry);
    if (!jinja) continue;
    const [library, { Template }] = await Promise.all([load(entry), load(jinja)]);
    return { ...library, Template } as unknown as LlamaLibrary;
  }
  throw invalidInput(
    `A GGUF model needs the package node-llama-cpp, which is not installed here; run "npm install node-llama-cpp@${libraryVersion}" in ${folders[0]}.`,
    { code: 'package_missing' },
  );
}

const load = (file: string): Promise<Readonly<Record<string, unknown>>> => import(pathToFileURL(file).href);

function find(name: string, from: string): string | null {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return null;
  }
}
