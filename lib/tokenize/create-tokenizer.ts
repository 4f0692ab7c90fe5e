/** Makes a tokenizer of the file `tokenizer.json`, in which Hugging Face's library keeps one. */
import { readAddedTokens } from './added-tokens.ts';
import { readBytePair } from './byte-pair.ts';
import { fieldsOf, refuse, typeOf } from './fields.ts';
import { readFrame } from './frame.ts';
import { readNormalizer } from './normalizers.ts';
import { readPreTokenizer } from './pre-tokenizers.ts';
import type { Tokenizer, WordModel } from './types.ts';
import { readUnigram } from './unigram.ts';
import { readWordPiece } from './word-piece.ts';

/** Words whose ids are kept at hand: texts repeat most of theirs. */
const keptWords = 20_000;
const longestKept = 40;

const knownFields = [
  ...['version', 'truncation', 'padding', 'added_tokens'],
  ...['normalizer', 'pre_tokenizer', 'post_processor', 'decoder', 'model'],
];

/**
 * The tokenizer of a file. Its ids are those of the library, but for characters that came to Unicode after version 13.
 *
 * Padding and truncation are left to the caller, whatever the file says of them.
 *
 * @param json text of the file
 * @throws invalid_request `unsupported_tokenizer` naming what is damaged or not known here
 */
export function createTokenizer(json: string): Tokenizer {
  const file = fieldsOf(parse(json), '', knownFields);
  const { words, ids } = readModel(file.model);
  const added = readAddedTokens(file, readNormalizer(file.normalizer, 'normalizer'));
  const cut = readPreTokenizer(file.pre_tokenizer, 'pre_tokenizer');
  const { before, after } = readFrame(file.post_processor);
  const lookUp = remembering(words);
  return {
    specialTokens: before.length + after.length,
    vocabularySize: [...ids.values(), ...added.ids.values()].reduce((size, id) => Math.max(size, id + 1), 0),
    cut: (ids, most) => [...ids.slice(0, most - after.length), ...after],
    encode: (text) => {
      const found = [...before];
      for (const piece of added.split(text.toWellFormed())) {
        if (typeof piece === 'number') found.push(piece);
        else for (const word of cut(piece)) for (const id of lookUp(word)) found.push(id);
      }
      found.push(...after);
      return found;
    },
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw refuse('', 'it is not valid JSON.');
  }
}

const models: Readonly<Record<string, typeof readWordPiece>> = {
  WordPiece: readWordPiece,
  Unigram: readUnigram,
  BPE: readBytePair,
};

function readModel(value: unknown): ReturnType<typeof readWordPiece> {
  const type = typeOf(value, 'model');
  const read = Object.hasOwn(models, type) ? models[type] : undefined;
  if (!read)
    throw refuse(
      'model',
      `is a "${type}", which is not supported; it may be ${Object.keys(models).join(', ')}.`,
    );
  return read(value);
}

function remembering(words: WordModel): WordModel {
  const kept = new Map<string, readonly number[]>();
  return (word) => {
    const known = kept.get(word);
    if (known) return known;
    const ids = words(word);
    if (word.length > longestKept) return ids;
    if (kept.size >= keptWords) kept.clear();
    kept.set(word, ids);
    return ids;
  };
}
