/** Byte-pair encoding: neighbours are joined in the order in which the training joined them. */

import { fieldsOf, flagOf, listOf, refuse, requireDefault } from './fields.ts';
import { joinPairs, type Merge, maxId, pairKey } from './join-pairs.ts';
import type { WordModel } from './types.ts';
import { readVocabulary } from './vocabulary.ts';

/** @throws invalid_request `unsupported_tokenizer` */
export function readBytePair(value: unknown): {
  readonly words: WordModel;
  readonly ids: ReadonlyMap<string, number>;
} {
  const fields = fieldsOf(value, 'model', [
    ...['type', 'vocab', 'merges', 'dropout', 'unk_token', 'fuse_unk', 'byte_fallback', 'ignore_merges'],
    ...['continuing_subword_prefix', 'end_of_word_suffix'],
  ]);
  requireDefault(fields, 'model', {
    ...{ dropout: 0, byte_fallback: false, fuse_unk: false },
    ...{ continuing_subword_prefix: '', end_of_word_suffix: '' },
  });
  const ids = readVocabulary(fields.vocab);
  for (const [token, id] of ids)
    if (id > maxId) throw refuse(`model.vocab[${JSON.stringify(token)}]`, 'is too large.');
  const unknown = typeof fields.unk_token === 'string' ? ids.get(fields.unk_token) : undefined;
  const takesWhole = flagOf(fields, 'ignore_merges', 'model', false);
  const merges = readMerges(listOf(fields, 'merges', 'model'), ids);
  return {
    ids,
    words: (word) => {
      const whole = takesWhole ? ids.get(word) : undefined;
      if (whole !== undefined) return [whole];
      const characters = Array.from(word, (character) => ids.get(character) ?? unknown);
      const known = characters.filter((id) => id !== undefined);
      return known.length < 2 ? known : joinPairs(known, merges);
    },
  };
}

function readMerges(list: readonly unknown[], ids: ReadonlyMap<string, number>): Map<number, Merge> {
  const merges = new Map<number, Merge>();
  for (const [rank, entry] of list.entries()) {
    const [left, right, ...more] =
      typeof entry === 'string' ? entry.split(' ') : Array.isArray(entry) ? entry : [];
    const [from, to, id] = [ids.get(left), ids.get(right), ids.get(`${left}${right}`)];
    if (from === undefined || to === undefined || id === undefined || more.length > 0) {
      throw refuse(`model.merges[${rank}]`, 'must be two tokens that, joined, are a third.');
    }
    merges.set(pairKey(from, to), { rank, id });
  }
  return merges;
}
