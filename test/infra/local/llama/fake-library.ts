/** What stands for node-llama-cpp and a model: words are tokens, and the answers are those that a test writes. */
import type {
  EvaluateOptions,
  Grammar,
  GrammarState,
  Llama,
  LlamaLibrary,
  Model,
  SampledToken,
  Sequence,
  Token,
} from '../../../../infra/local/llama/library.ts';

/** What the model says to a prompt, token by token. */
export type Script = (prompt: string) => readonly string[] | AsyncIterable<string>;

/** One answer as it was asked for. */
export interface Evaluation {
  readonly prompt: string;
  readonly options: EvaluateOptions;
  /** What held each token that was said. */
  readonly states: (GrammarState | undefined)[];
  /** True when it is over, whoever ended it. */
  isEnded: boolean;
}

export interface FakeOptions {
  readonly contextSize?: number;
  readonly batchSize?: number;
  /** Chat template of the file; what it does is done whatever it says. */
  readonly template?: string | null;
  readonly poolingType?: number;
}

export interface FakeLibrary {
  readonly library: LlamaLibrary;
  readonly model: Model;
  readonly evaluations: Evaluation[];
  readonly schemas: object[];
  /** Portions in which prompts were evaluated before their answers began. */
  readonly portions: number[];
}

const special = /(<\|im_start\|>|<\|im_end\|>)/;
/** A state of a grammar says which grammar it is of. */
export interface FakeState {
  readonly grammar: Grammar;
}

function createVocabulary() {
  const words: string[] = ['<|im_start|>', '<|im_end|>'];
  const idOf = (word: string): Token => {
    const at = words.indexOf(word, 2);
    return at >= 0 ? at : words.push(word) - 1;
  };
  const plain = (text: string): Token[] => (text.match(/\s*\S+|\s+$/g) ?? []).map(idOf);
  return {
    idOf,
    tokenize: (text: string, withSpecial = false): Token[] =>
      withSpecial
        ? text
            .split(special)
            .flatMap((part, index) => (index % 2 === 1 ? [words.indexOf(part)] : plain(part)))
        : plain(text),
    detokenize: (tokens: readonly Token[], withSpecial = false): string =>
      tokens.map((token) => (token < 2 && !withSpecial ? '' : words[token])).join(''),
  };
}

/** A library whose only model answers by the script. */
export function createFakeLibrary(script: Script, options: FakeOptions = {}): FakeLibrary {
  const { contextSize = 4096, batchSize = 512, template = 'chatml', poolingType } = options;
  const { idOf, tokenize, detokenize } = createVocabulary();
  const evaluations: Evaluation[] = [];
  const schemas: object[] = [];
  const portions: number[] = [];

  function createSequence(): Sequence {
    const contextTokens: Token[] = [];
    return {
      contextTokens,
      get nextTokenIndex() {
        return contextTokens.length;
      },
      clearHistory: async () => {
        contextTokens.length = 0;
      },
      adaptStateToTokens: async (tokens) => {
        const same = contextTokens.findIndex((token, at) => token !== tokens[at]);
        if (same >= 0) contextTokens.length = same;
      },
      evaluateWithoutGeneratingNewTokens: async (tokens) => {
        portions.push(tokens.length);
        contextTokens.push(...tokens);
      },
      evaluateWithMetadata: async function* (tokens, { probabilities }, evaluateOptions) {
        contextTokens.push(...tokens);
        const prompt = detokenize(contextTokens, true);
        const evaluation: Evaluation = { prompt, options: evaluateOptions, states: [], isEnded: false };
        evaluations.push(evaluation);
        try {
          for await (const word of script(prompt)) {
            evaluation.states.push(evaluateOptions.grammarEvaluationState());
            const token = idOf(word);
            const sampled: SampledToken = probabilities
              ? {
                  token,
                  probabilities: new Map([
                    [token, 0.5],
                    [idOf(' other'), 0.25],
                  ]),
                }
              : { token };
            yield sampled;
            contextTokens.push(token);
          }
        } finally {
          evaluation.isEnded = true;
        }
      },
    };
  }

  const model: Model = {
    fileInfo: {
      metadata: {
        general: { architecture: 'fake' },
        tokenizer: {
          ggml: { tokens: { length: 1000 } },
          ...(template !== null && { chat_template: template }),
        },
        fake: { ...(poolingType !== undefined && { pooling_type: poolingType }) },
      },
    },
    trainContextSize: contextSize,
    tokenizer: 'tokenizer',
    tokens: { bos: 0, bosString: '<|im_start|>', eosString: '<|im_end|>', shouldPrependBosToken: false },
    ...{ tokenize, detokenize },
    createContext: async () => ({ contextSize, batchSize, getSequence: createSequence }),
    createEmbeddingContext: async () => ({
      calculateInputLength: (tokens) => tokens.length + 2,
      getEmbeddingFor: async (tokens) => ({ vector: [3 * tokens.length, 4 * tokens.length] }),
    }),
  };
  const llama: Llama = {
    cpuMathCores: 2,
    loadModel: async () => model,
    getGrammarFor: async (type) => ({ type }),
    createGrammarForJsonSchema: async (schema) => {
      schemas.push(schema);
      return { schema };
    },
  };
  const library: LlamaLibrary = {
    getLlama: async () => llama,
    LlamaGrammarEvaluationState: class {
      readonly grammar: Grammar;
      constructor({ grammar }: { readonly grammar: Grammar }) {
        this.grammar = grammar;
      }
    },
    TokenBias: class {
      readonly biases: [Token, unknown][] = [];
      set(token: Token, bias: unknown) {
        this.biases.push([token, bias]);
        return this;
      }
    },
    Template: FakeTemplate,
  };
  return { library, model, evaluations, schemas, portions };
}

interface FakeMessage {
  readonly role: string;
  readonly content: string;
  readonly tool_calls?: unknown;
}

/** Writes ChatML, with tools and calls as JSON. */
export class FakeTemplate {
  render(variables: object): string {
    const { messages, tools } = variables as {
      readonly messages: readonly FakeMessage[];
      readonly tools?: unknown;
    };
    if (messages[0]?.role === 'assistant') throw new Error('the user must begin');
    const written = messages.map(
      ({ role, content, tool_calls: calls }) =>
        `<|im_start|>${role}\n${content.trim()}${calls ? JSON.stringify(calls) : ''}<|im_end|>\n`,
    );
    return `${tools ? `tools ${JSON.stringify(tools)}\n` : ''}${written.join('')}<|im_start|>assistant\n`;
  }
}
