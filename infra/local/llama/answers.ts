/** Answers in OpenAI's dialect, as a whole and piece by piece. */
import type { AnswerEvent, Logprob, TaskUsage, TokenLogprob } from './generate.ts';

/** What all pieces of an answer begin with. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

/** One of the two forms of answers. */
export interface AnswerForm {
  /** The whole answer, out of all its events. */
  whole(events: readonly AnswerEvent[]): object;
  /** `choices` of the chunks that tell of one event. */
  pieces(event: AnswerEvent): readonly object[];
  readonly object: string;
  readonly chunkObject: string;
}

/** Counts of tokens, as the dialect names them. */
export const usageOf = ({ promptTokens, completionTokens }: TaskUsage): object => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
});

/** How chats are answered. */
export function createChatForm(newId: () => string, withLogprobs: boolean): AnswerForm {
  /** Calls so far, by the answer's index. */
  const calls = new Map<number, number>();
  const begun = new Set<number>();
  const callOf = ({ call }: AnswerEvent): object => ({
    id: `call_${newId()}`,
    type: 'function',
    function: call,
  });
  const logprobsOf = (all: readonly TokenLogprob[]): object | null =>
    withLogprobs ? { content: all.map(chatLogprob), refusal: null } : null;
  const whole = (events: readonly AnswerEvent[]): object => {
    const made = events.filter(({ call }) => call).map(callOf);
    const text = textOf(events);
    return {
      index: events[0]!.index,
      message: {
        role: 'assistant',
        content: made.length > 0 && text === '' ? null : text,
        refusal: null,
        ...(made.length > 0 && { tool_calls: made }),
      },
      logprobs: logprobsOf(events.flatMap((event) => event.logprobs)),
      finish_reason: events.at(-1)!.finish,
    };
  };
  const pieces = (event: AnswerEvent): object[] => {
    const { index, text, logprobs, call, finish = null } = event;
    const piece = (delta: object, more: object = {}): object => ({
      ...{ index, delta, logprobs: null, finish_reason: null },
      ...more,
    });
    const made: object[] = [];
    if (!begun.has(index)) made.push(piece({ role: 'assistant', content: '', refusal: null }));
    begun.add(index);
    if (text !== '' || logprobs.length > 0)
      made.push(piece({ content: text }, { logprobs: logprobsOf(logprobs) }));
    if (call) {
      const place = calls.get(index) ?? 0;
      calls.set(index, place + 1);
      made.push(piece({ tool_calls: [{ index: place, ...callOf(event) }] }));
    }
    if (finish !== null) made.push(piece({}, { finish_reason: finish }));
    return made;
  };
  return { whole, pieces, object: 'chat.completion', chunkObject: 'chat.completion.chunk' };
}

/** How completions are answered; `echoOf` gives the text that an answer begins with. */
export function createTextForm(echoOf: (index: number) => string, withLogprobs: boolean): AnswerForm {
  /** Characters so far, by the answer's index. */
  const lengths = new Map<number, number>();
  const choiceOf = (events: readonly AnswerEvent[]): object => {
    const { index } = events[0]!;
    const begun = lengths.get(index);
    const text = (begun === undefined ? echoOf(index) : '') + textOf(events);
    const logprobs = withLogprobs
      ? textLogprobs(
          events.flatMap((event) => event.logprobs),
          begun ?? 0,
        )
      : null;
    lengths.set(index, (begun ?? 0) + text.length);
    return { index, text, logprobs, finish_reason: events.at(-1)!.finish ?? null };
  };
  return {
    whole: choiceOf,
    pieces: (event) => [choiceOf([event])],
    object: 'text_completion',
    chunkObject: 'text_completion',
  };
}

const textOf = (events: readonly AnswerEvent[]): string => events.map(({ text }) => text).join('');

const chatLogprob = ({ top, ...own }: TokenLogprob): object => ({ ...own, top_logprobs: top });

function textLogprobs(all: readonly TokenLogprob[], begun: number): object {
  let at = begun;
  const offsets = all.map(({ token }) => {
    const offset = at;
    at += token.length;
    return offset;
  });
  const byToken = (top: readonly Logprob[]): object =>
    Object.fromEntries(top.map(({ token, logprob }) => [token, logprob]));
  return {
    tokens: all.map(({ token }) => token),
    token_logprobs: all.map(({ logprob }) => logprob),
    top_logprobs: all.map(({ top }) => byToken(top)),
    text_offset: offsets,
  };
}
