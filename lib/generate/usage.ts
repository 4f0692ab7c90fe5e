/** Counts what a generation takes, for the log line by which it is metered. */
import { isRecord } from '../core/index.ts';
import type { Fields, GenerateBody } from './types.ts';

/** Tokens as OpenAI's dialect tells them. */
export interface TokenUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

/** The count of one request. */
export interface Meter {
  /** Notes what the container says it counted; later words count. */
  say(usage: TokenUsage): void;
  /** Notes that an answer was seen, with so many tokens: for a container that says nothing, or a client who leaves. */
  see(outputTokens: number): void;
  /** What is known so far, by the names of the log line. */
  fields(): Readonly<Record<string, unknown>>;
}

/** Characters of a token, on the average of English text; for estimates. */
const charsOfToken = 4;

/** Estimates how many tokens a text has. */
const estimateTokens = (text: string): number => Math.ceil(text.length / charsOfToken);

/** Fields beside what the model says: marks of the dialect, and what the same tokens are told by again. */
const notSaid: ReadonlySet<string> = new Set(['role', 'id', 'type', 'finish_reason', 'logprobs']);

/** Estimates the tokens of what a model says: texts, and the tools that it calls with their arguments. */
export function estimateSaid(value: unknown): number {
  if (typeof value === 'string') return estimateTokens(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + estimateSaid(one), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [name, one]) => sum + (notSaid.has(name) ? 0 : estimateSaid(one)),
    0,
  );
}

/**
 * The meter of a request; an answer that has not begun has no tokens, and takes none.
 *
 * @param workMs how long the container has worked; `null` where nobody knows, since a queue stands before it
 */
export function createMeter({ model, ...body }: GenerateBody, workMs: (() => number) | null): Meter {
  let said: TokenUsage | null = null;
  let seen: number | null = null;
  const tokens = (): Readonly<Record<string, unknown>> => {
    if (said) return { input_tokens: said.prompt_tokens, output_tokens: said.completion_tokens };
    if (seen === null) return {};
    return { input_tokens: estimateInput(body), output_tokens: seen, usage_estimated: true };
  };
  return {
    say: (usage) => {
      said = usage;
    },
    see: (outputTokens) => {
      seen = (seen ?? 0) + outputTokens;
    },
    fields: () => ({ model, ...(workMs && { endpoint_ms: workMs() }), ...tokens() }),
  };
}

/** What a container says of its count, or `null` if that is no count. */
export function readUsage(usage: unknown): (TokenUsage & Fields) | null {
  if (!isRecord(usage)) return null;
  const { prompt_tokens: input, completion_tokens: output = 0 } = usage;
  if (typeof input !== 'number' || typeof output !== 'number') return null;
  return { ...usage, prompt_tokens: input, completion_tokens: output };
}

/** Tokens of the texts in messages or prompts; those given as tokens are counted. */
function estimateInput({ messages, prompt }: Fields): number {
  return tokensIn(prompt) + tokensIn(messages);
}

/** Pictures are left out: what they cost depends on the model. */
function tokensIn(value: unknown): number {
  if (typeof value === 'string') return estimateTokens(value);
  if (typeof value === 'number') return 1;
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + tokensIn(one), 0);
  return isRecord(value) ? tokensIn(value.content ?? value.text) : 0;
}
