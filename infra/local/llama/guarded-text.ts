/** Keeps what people write from being read as the marks of a conversation: `<|im_end|>` in a message stays text. */
import type { Model, Token } from './library.ts';

/** Stands for a text while a template works on the messages around it. */
const [opening, closing] = ['\uE000', '\uE001'];
const placeholder = /\uE000(\d+)\uE001/;

/** Guards texts, and makes the tokens of what became of them. */
export interface TextGuard {
  /** The text itself, or what stands for it if there is a special token in it; in JSON, it is written as JSON writes it. */
  guard(text: string, isJson?: boolean): string;
  /** Tokens of a text with guarded texts in it. */
  tokenize(text: string): Token[];
}

/** A guard for the texts of one request. */
export function createTextGuard(model: Pick<Model, 'tokenize'>): TextGuard {
  const texts: string[] = [];
  const isPlain = (text: string): boolean => {
    const [special, plain] = [model.tokenize(text, true), model.tokenize(text, false)];
    return (
      !text.includes(opening) &&
      special.length === plain.length &&
      special.every((token, at) => token === plain[at])
    );
  };
  return {
    guard: (text, isJson = false) => {
      if (isPlain(text)) return text;
      // Templates trim texts, and may look for blanks.
      const inner = text.trim();
      const at = texts.push(isJson ? JSON.stringify(inner).slice(1, -1) : inner) - 1;
      return text.replace(inner, () => `${opening}${at}${closing}`);
    },
    tokenize: (text) =>
      text
        .split(placeholder)
        .flatMap((part, index) =>
          index % 2 === 0 ? model.tokenize(part, true) : model.tokenize(texts[Number(part)]!, false),
        ),
  };
}
