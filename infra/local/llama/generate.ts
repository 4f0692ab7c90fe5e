/** Answers to one request: each prompt in turn on a sequence of its own, each answer to it in turn. */
import { invalidInput } from '../../../lib/core/index.ts';
import type { TextModel } from './language-model.ts';
import type { Model, SampledToken, Sequence, Token } from './library.ts';
import type { AnswerReader, ToolCall } from './readers.ts';
import { type Sampling, sampleTokens } from './sampling.ts';
import { createDetokenizer } from './text-pieces.ts';

/** What a request comes to, in either of its forms. */
export interface Task {
  readonly prompts: readonly (readonly Token[])[];
  /** How many to each prompt. */
  readonly answers: number;
  /** Tokens of an answer; `null` for as many as fit. */
  readonly limit: number | null;
  readonly sampling: Sampling;
  /** How many alternatives to each token are told; `null` for not even its own probability. */
  readonly topLogprobs: number | null;
  readonly newReader: () => AnswerReader;
}

/** A token's text and the logarithm of its probability. */
export interface Logprob {
  readonly token: string;
  readonly logprob: number;
  /** `null` where a token is a part of a character. */
  readonly bytes: readonly number[] | null;
}

export interface TokenLogprob extends Logprob {
  readonly top: readonly Logprob[];
}

/** Why an answer ended. */
export type FinishReason = 'stop' | 'length' | 'tool_calls';

/** A piece of one of the answers. */
export interface AnswerEvent {
  /** Counts through all answers to all prompts. */
  readonly index: number;
  readonly text: string;
  readonly logprobs: readonly TokenLogprob[];
  readonly call?: ToolCall;
  /** Of the last piece of each answer. */
  readonly finish?: FinishReason;
}

/** Tokens that went in, each prompt counted once, and those that came out but for the one that ends a text. */
export interface TaskUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/**
 * Generates the answers.
 *
 * @throws invalid_request `context_length_exceeded`, rate_limited `queue_full`, or the reason of the signal
 */
export async function* runTask(
  model: TextModel,
  task: Task,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent, TaskUsage> {
  for (const { length } of task.prompts) refuseLongPrompt(length, model.contextSize);
  let completionTokens = 0;
  const count = (): void => {
    completionTokens += 1;
  };
  for (const [place, tokens] of task.prompts.entries()) {
    yield* model.sequences.lend({ tokens, signal }, async function* (sequence) {
      for (let answer = 0; answer < task.answers; answer += 1) {
        const own = { index: place * task.answers + answer, prompt: tokens, signal, count };
        yield* answerOnce({ model, task, sequence }, own);
      }
    });
  }
  const promptTokens = task.prompts.reduce((sum, { length }) => sum + length, 0);
  return { promptTokens, completionTokens };
}

function refuseLongPrompt(length: number, contextSize: number): void {
  if (length === 0)
    throw invalidInput('The prompt is empty; the model needs something to continue.', { param: 'prompt' });
  if (length < contextSize) return;
  throw invalidInput(
    `The prompt has ${length} tokens, and the model takes ${contextSize} with its answer; send fewer, or start it with a larger ONRAMP_GGUF_CONTEXT.`,
    { code: 'context_length_exceeded' },
  );
}

interface Work {
  readonly model: TextModel;
  readonly task: Task;
  readonly sequence: Sequence;
}

interface OneAnswer {
  readonly index: number;
  readonly prompt: readonly Token[];
  readonly signal: AbortSignal;
  readonly count: () => void;
}

async function* answerOnce(
  { model, task, sequence }: Work,
  { index, prompt, signal, count }: OneAnswer,
): AsyncGenerator<AnswerEvent, void> {
  const { sampling, topLogprobs } = task;
  const limit = Math.min(task.limit ?? Number.POSITIVE_INFINITY, model.contextSize - prompt.length);
  const reader = task.newReader();
  const textOf = createDetokenizer(model.model, prompt);
  const said: Token[] = [];
  let logprobs: TokenLogprob[] = [];
  let hasCall = false;
  let isDone = false;
  const sampled = sampleTokens(sequence, {
    ...{ prompt, limit, signal },
    options: sampling.optionsFor(index, said),
    isRepeatable: sampling.isRepeatable,
    withProbabilities: topLogprobs !== null,
    batchSize: model.batchSize,
    grammar: reader.grammar,
  });
  for await (const one of limit > 0 ? sampled : []) {
    said.push(one.token);
    count();
    if (topLogprobs !== null) logprobs.push(logprobOf(model.model, one, topLogprobs));
    const { text, call, isDone: isEnough } = reader.push(textOf(one.token));
    hasCall ||= call !== undefined;
    if (text !== '' || call) {
      yield { index, text, logprobs, ...(call && { call }) };
      logprobs = [];
    }
    isDone = isEnough;
    if (isDone) break;
  }
  const isCut = !isDone && said.length >= limit;
  // Tokens whose text was held back to the end belong to the stop that it was held back for.
  yield {
    index,
    ...(isDone ? { text: '', logprobs: [] } : { text: reader.flush(), logprobs }),
    finish: isCut ? 'length' : hasCall ? 'tool_calls' : 'stop',
  };
}

/** OpenAI's number for what is as good as impossible; JSON knows no infinity. */
const lowestLogprob = -9999;

function logprobOf(model: Model, { token, probabilities }: SampledToken, top: number): TokenLogprob {
  const entries = [...(probabilities ?? [])].slice(0, top);
  const one = (of: Token, probability: number): Logprob => {
    const text = model.detokenize([of], true);
    return {
      token: text,
      logprob: probability > 0 ? Math.log(probability) : lowestLogprob,
      bytes: text.includes('\uFFFD') ? null : [...Buffer.from(text)],
    };
  };
  return {
    ...one(token, probabilities?.get(token) ?? 0),
    top: entries.map(([of, probability]) => one(of, probability)),
  };
}
