/** How the tokens of an answer are chosen, and the loop that chooses them. */
import type {
  GrammarState,
  LlamaLibrary,
  Model,
  SampledToken,
  SamplingOptions,
  Sequence,
  Token,
} from './library.ts';

/** What a request says of sampling; fields as in OpenAI's dialect, and two that most servers add. */
export interface SamplingFields {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly top_k?: number | null | undefined;
  readonly min_p?: number | null | undefined;
  readonly seed?: number | null | undefined;
  readonly presence_penalty?: number | null | undefined;
  readonly frequency_penalty?: number | null | undefined;
  readonly logit_bias?: Readonly<Record<string, number>> | null | undefined;
}

/** The same for all answers to a request. */
export interface Sampling {
  /** The same request has to get the same answer again. */
  readonly isRepeatable: boolean;
  /** Options of the answer with this number; `said` holds its tokens so far. */
  optionsFor(index: number, said: readonly Token[]): SamplingOptions;
}

/** Reads the fields; `randomSeed` is taken where they name no seed. */
export function readSampling(
  fields: SamplingFields,
  {
    library,
    model,
    randomSeed,
  }: { readonly library: LlamaLibrary; readonly model: Model; readonly randomSeed: number },
): Sampling {
  const { presence_penalty: presence, frequency_penalty: frequency, logit_bias: biases } = fields;
  const temperature = fields.temperature ?? 1;
  const bias = new library.TokenBias(model.tokenizer);
  // OpenAI: -100 is to ban a token.
  for (const [token, logit] of Object.entries(biases ?? {})) {
    bias.set(Number(token), logit <= -100 ? 'never' : { logit });
  }
  return {
    isRepeatable: temperature === 0 || typeof fields.seed === 'number',
    optionsFor: (index, said) => ({
      temperature,
      topP: fields.top_p ?? 1,
      topK: fields.top_k ?? 0,
      minP: fields.min_p ?? 0,
      // The library takes 32 bits.
      seed: ((fields.seed ?? randomSeed) + index) >>> 0,
      ...(biases && { tokenBias: bias }),
      ...((presence || frequency) && {
        repeatPenalty: {
          punishTokens: () => said,
          penalty: 1,
          frequencyPenalty: frequency ?? 0,
          presencePenalty: presence ?? 0,
        },
      }),
    }),
  };
}

/** One answer to be sampled. */
export interface SampleOptions {
  readonly prompt: readonly Token[];
  /** At most so many tokens. */
  readonly limit: number;
  readonly options: SamplingOptions;
  readonly isRepeatable: boolean;
  readonly withProbabilities: boolean;
  readonly batchSize: number;
  readonly grammar: () => GrammarState | undefined;
  readonly signal: AbortSignal;
}

/**
 * Tokens as they are chosen, until the model ends its text or the limit is reached.
 *
 * @throws the reason of the signal, which is looked at before each batch and after each token
 */
export async function* sampleTokens(
  sequence: Sequence,
  given: SampleOptions,
): AsyncGenerator<SampledToken, void> {
  const { prompt, limit, options, batchSize, grammar, signal } = given;
  // What was evaluated in other portions differs in its last bits, so an answer that must not does without.
  if (given.isRepeatable) await sequence.clearHistory();
  else await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
  let at = sequence.nextTokenIndex;
  for (; prompt.length - at > batchSize; at += batchSize) {
    signal.throwIfAborted();
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, at + batchSize));
  }
  signal.throwIfAborted();
  const metadata = { probabilities: given.withProbabilities };
  const evaluation = sequence.evaluateWithMetadata(prompt.slice(at), metadata, {
    ...options,
    grammarEvaluationState: grammar,
  });
  let count = 0;
  for await (const sampled of evaluation) {
    signal.throwIfAborted();
    yield sampled;
    count += 1;
    if (count >= limit) return;
  }
}
