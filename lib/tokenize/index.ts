/** Text to the numbers that language models take, by the `tokenizer.json` that comes with each. */
export { createTokenizer } from './create-tokenizer.ts';
export type { Tokenizer } from './types.ts';
