/** Unigram, as SentencePiece trains it: of all ways to cut a word, the most probable one. */
import { fieldsOf, flagOf, idOf, listOf, refuse, requireDefault } from './fields.ts';
import type { WordModel } from './types.ts';

/** Longer pieces would make cutting slow; those in use have up to 64 characters. */
const longestPiece = 256;

/** How much less likely than the rarest piece a character is that is in none. */
const unknownPenalty = 10;

interface Pieces {
  readonly ids: ReadonlyMap<string, number>;
  /** Log-probabilities by id. */
  readonly scores: Float64Array;
  /** Characters (UTF-16) of the longest piece. */
  readonly longest: number;
  readonly unknown: number;
  readonly unknownScore: number;
  /** Unknown characters in a row are one token. */
  readonly fuses: boolean;
}

/** @throws invalid_request `unsupported_tokenizer` */
export function readUnigram(value: unknown): {
  readonly words: WordModel;
  readonly ids: ReadonlyMap<string, number>;
} {
  const fields = fieldsOf(value, 'model', ['type', 'unk_id', 'vocab', 'byte_fallback', 'fuse_unk']);
  requireDefault(fields, 'model', { byte_fallback: false });
  const vocabulary = listOf(fields, 'vocab', 'model');
  const ids = new Map<string, number>();
  const scores = new Float64Array(vocabulary.length);
  let longest = 1;
  for (const [id, entry] of vocabulary.entries()) {
    const [piece, score] = Array.isArray(entry) ? entry : [];
    if (typeof piece !== 'string' || typeof score !== 'number') {
      throw refuse(`model.vocab[${id}]`, 'must be a piece and its score.');
    }
    ids.set(piece, id);
    scores[id] = score;
    if (piece.length > longestPiece)
      throw refuse(`model.vocab[${id}]`, `has more than ${longestPiece} characters.`);
    longest = Math.max(longest, piece.length);
  }
  const unknown = idOf(fields.unk_id, 'model.unk_id');
  if (unknown >= scores.length) throw refuse('model.unk_id', 'is not in the vocabulary.');
  const unknownScore = scores.reduce((lowest, score) => Math.min(lowest, score)) - unknownPenalty;
  const fuses = flagOf(fields, 'fuse_unk', 'model', true);
  const pieces = { ids, scores, longest, unknown, unknownScore, fuses };
  return { ids, words: (word) => mostProbable(word, pieces) };
}

/** Viterbi's algorithm: the best way to every place, each from the places before it. */
function mostProbable(word: string, pieces: Pieces): readonly number[] {
  const { ids, scores, longest, unknown, unknownScore } = pieces;
  const { length } = word;
  const best = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
  const cameFrom = new Int32Array(length + 1).fill(-1);
  const tokens = new Int32Array(length + 1);
  best[0] = 0;
  const reach = (end: number, start: number, id: number, score: number): void => {
    if (cameFrom[end] !== -1 && score <= best[end]!) return;
    best[end] = score;
    cameFrom[end] = start;
    tokens[end] = id;
  };
  for (let start = 0; start < length; ) {
    const width = word.codePointAt(start)! > 0xffff ? 2 : 1;
    let hasSingle = false;
    for (let end = start + width; end <= length && end - start <= longest; end += 1) {
      const id = ids.get(word.slice(start, end));
      if (id === undefined) continue;
      reach(end, start, id, scores[id]! + best[start]!);
      hasSingle ||= end - start === width;
    }
    if (!hasSingle) reach(start + width, start, unknown, unknownScore + best[start]!);
    start += width;
  }
  return tokensBackwards({ tokens, cameFrom }, pieces).reverse();
}

function tokensBackwards(
  { tokens, cameFrom }: { readonly tokens: Int32Array; readonly cameFrom: Int32Array },
  { unknown, fuses }: Pieces,
): number[] {
  const found: number[] = [];
  for (let end = tokens.length - 1; end > 0; end = cameFrom[end]!) {
    const id = tokens[end]!;
    if (!(fuses && id === unknown && found.at(-1) === unknown)) found.push(id);
  }
  return found;
}
