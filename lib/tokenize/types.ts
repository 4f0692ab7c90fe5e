/** What a tokenizer is: text to the numbers that a model was trained on. */

/** A tokenizer as a model's `tokenizer.json` describes it. */
export interface Tokenizer {
  /** The ids of a text, with the special tokens around it that the model expects; never cut. */
  encode(text: string): number[];
  /** The ids of a text that `encode` gave, cut to so many at most: the special tokens after it stay. */
  cut(ids: readonly number[], most: number): number[];
  /** How many special tokens `encode` puts around every text. */
  readonly specialTokens: number;
  /** Ids are smaller than this. */
  readonly vocabularySize: number;
}

/** Rewrites a text before it is cut. */
export type Normalizer = (text: string) => string;

/** Cuts a piece of text into words, none of them empty, which are looked up one by one. */
export type PreTokenizer = (text: string) => readonly string[];

/** Ids of one word. */
export type WordModel = (word: string) => readonly number[];

/** An object of `tokenizer.json`. */
export type Fields = Readonly<Record<string, unknown>>;
