/** Byte-level pre-tokenisation: every byte of a word is one of 256 visible characters. */
import type { PreTokenizer } from './types.ts';

/** How GPT-2 cut words; also RoBERTa, ModernBERT and their like. */
const gpt2 = `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+`;
/** As Qwen 2 and 3 cut them. */
const qwen = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
/** As GPT-4 and Llama 3 cut them. */
const llama = qwen.replace('|\\p{N}|', '|\\p{N}{1,3}|');

/** White space is Unicode's, which JavaScript's `\s` is not quite. */
const compile = (source: string): RegExp =>
  new RegExp(source.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}'), 'gu');

/** Expressions by which texts are cut into words, under the source that `tokenizer.json` gives. */
export const splitters: ReadonlyMap<string, RegExp> = new Map(
  [gpt2, qwen, llama].map((source) => [source, compile(source)]),
);

const gpt2Words = compile(gpt2);
const utf8 = new TextEncoder();

/** GPT-2's `bytes_to_unicode`: visible bytes of Latin-1 stand for themselves, the others for U+0100 and on. */
const characters: readonly string[] = makeCharacters();

function makeCharacters(): string[] {
  let hidden = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const isVisible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(isVisible ? byte : 256 + hidden++);
  });
}

/** The pre-tokeniser of type `ByteLevel`. */
export function byteLevel({
  addsSpace,
  cuts,
}: {
  readonly addsSpace: boolean;
  readonly cuts: boolean;
}): PreTokenizer {
  return (given) => {
    if (given === '') return [];
    const text = addsSpace && !given.startsWith(' ') ? ` ${given}` : given;
    return (cuts ? (text.match(gpt2Words) ?? []) : [text]).map(visibleBytes);
  };
}

function visibleBytes(word: string): string {
  let visible = '';
  for (const byte of utf8.encode(word)) visible += characters[byte];
  return visible;
}
