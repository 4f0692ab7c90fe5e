/** From tokens to text that can be sent: whole characters only, and nothing that may yet turn out to end the answer. */
import type { Model, Token } from './library.ts';

/** Tokens before these decide in some vocabularies whether a space stands in between. */
const rememberedTokens = 8;
/** The longest character has four bytes, which can be a token each. */
const longestCharacterTokens = 4;

/** Text of tokens that come one by one; empty while a character is not complete. */
export function createDetokenizer(
  model: Pick<Model, 'detokenize'>,
  before: readonly Token[],
): (token: Token) => string {
  let last = before.slice(-rememberedTokens);
  let pending: Token[] = [];
  return (token) => {
    pending.push(token);
    const text = model.detokenize(pending, false, last);
    if (text.endsWith('\uFFFD') && pending.length < longestCharacterTokens) return '';
    last = [...last, ...pending].slice(-rememberedTokens);
    pending = [];
    return text;
  };
}

/** Cuts a text at the first of its stops, which are not part of it. */
export interface StopCutter {
  /** What can be sent now. */
  push(text: string): string;
  /** What was held back, when no more is to come. */
  flush(): string;
  readonly isStopped: boolean;
}

/** A cutter that holds back what may be the beginning of a stop. */
export function createStopCutter(stops: readonly string[]): StopCutter {
  let held = '';
  let isStopped = false;
  return {
    push: (piece) => {
      if (isStopped) return '';
      const text = held + piece;
      const ends = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
      isStopped = ends.length > 0;
      const length = isStopped ? Math.min(...ends) : text.length - possibleStop(text, stops);
      held = isStopped ? '' : text.slice(length);
      return text.slice(0, length);
    },
    flush: () => {
      const rest = held;
      held = '';
      return rest;
    },
    get isStopped() {
      return isStopped;
    },
  };
}

/** How many characters at the end could begin a stop. */
export function possibleStop(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map((stop) => stop.length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length -= 1) {
    if (stops.some((stop) => stop.startsWith(text.slice(-length)))) return length;
  }
  return 0;
}
