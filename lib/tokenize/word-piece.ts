/** WordPiece, as BERT's kin use it: the longest known beginning of a word, then of what is left. */
import { fieldsOf, refuse, textOf } from './fields.ts';
import type { WordModel } from './types.ts';
import { readVocabulary } from './vocabulary.ts';

const defaultMaxCharacters = 100;
/** Longer words would make cutting slow. */
const largestMaxCharacters = 1000;

/** @throws invalid_request `unsupported_tokenizer` */
export function readWordPiece(value: unknown): {
  readonly words: WordModel;
  readonly ids: ReadonlyMap<string, number>;
} {
  const known = ['type', 'unk_token', 'continuing_subword_prefix', 'max_input_chars_per_word', 'vocab'];
  const fields = fieldsOf(value, 'model', known);
  const ids = readVocabulary(fields.vocab);
  const prefix = textOf(fields, 'continuing_subword_prefix', 'model');
  const unknown = ids.get(textOf(fields, 'unk_token', 'model'));
  if (unknown === undefined) throw refuse('model.unk_token', 'is not in the vocabulary.');
  const maxCharacters = Number(fields.max_input_chars_per_word ?? defaultMaxCharacters);
  if (!(maxCharacters >= 0 && maxCharacters <= largestMaxCharacters)) {
    throw refuse('model.max_input_chars_per_word', `must be a number up to ${largestMaxCharacters}.`);
  }
  return { ids, words: (word) => cut(word, { ids, prefix, maxCharacters }) ?? [unknown] };
}

interface Pieces {
  readonly ids: ReadonlyMap<string, number>;
  readonly prefix: string;
  readonly maxCharacters: number;
}

/** Null for a word that is too long or has a part that nothing begins. */
function cut(word: string, { ids, prefix, maxCharacters }: Pieces): readonly number[] | null {
  if (word.length > maxCharacters && [...word].length > maxCharacters) return null;
  const found: number[] = [];
  let start = 0;
  while (start < word.length) {
    let end = word.length;
    let id: number | undefined;
    while (end > start) {
      const part = word.slice(start, end);
      id = ids.get(start === 0 ? part : prefix + part);
      if (id !== undefined) break;
      end -= 1;
    }
    if (id === undefined) return null;
    found.push(id);
    start = end;
  }
  return found;
}
