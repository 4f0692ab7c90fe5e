/** Texts as the numbers of their words, one after the other: for networks, which learn what each of them means. */
import type { Table } from '../dataset/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import type { ColumnToFit } from './numeric.ts';
import { beforeNul, textColumn } from './pack-columns.ts';
import type { TextSettings } from './settings.ts';
import { tooManyTerms } from './terms.ts';
import { emitFloat } from './to-float.ts';
import type { TokenPlan } from './types.ts';
import { emitWords, numberWords, plainWords } from './words.ts';

/** After the end of a text. */
const endNumber = 0;
const unknownNumber = 1;
const firstWord = 2;

/** Share of the training texts that are read to their end where nothing is said of the length. */
const wholeShare = 0.95;
const [leastLength, mostLength] = [8, 256];

/**
 * Learns the words of a column, the most frequent ones first, and how many words of a text are read.
 *
 * @param rows of the training
 * @throws OnrampError `too_many_terms`
 */
export function fitTokens(
  table: Table,
  { name, index, feature }: ColumnToFit,
  rows: Uint32Array,
  settings: TextSettings,
): TokenPlan {
  const { values } = textColumn(table, name);
  const texts = new Map<string, number>();
  const seen = new Map<string, Set<string>>();
  const lengths = new Uint32Array(rows.length);
  for (const [at, row] of rows.entries()) {
    const words = plainWords(beforeNul(values[row] ?? ''), seen);
    lengths[at] = words.length;
    for (const word of new Set(words)) texts.set(word, (texts.get(word) ?? 0) + 1);
    if (texts.size > settings.maxCounted) throw tooManyTerms(name, { ...settings, maxWords: 1 });
  }
  const vocabulary = [...texts]
    .filter(([, count]) => count >= settings.minTexts)
    .sort(([left, first], [right, second]) => second - first || (left < right ? -1 : 1))
    .slice(0, settings.maxTokens)
    .map(([word]) => word);
  const length = settings.maxLength ?? usualLength(lengths);
  return {
    column: index,
    numbers: numberWords(vocabulary, seen, firstWord),
    vocabulary: vocabulary.length + firstWord,
    outputs: Array.from({ length }, (_, at) => ({ name: `${name}[${at}]`, feature })),
  };
}

function usualLength(lengths: Uint32Array): number {
  const sorted = lengths.slice().sort();
  const usual = sorted[Math.ceil(wholeShare * (sorted.length - 1))] ?? 0;
  return Math.min(mostLength, Math.max(leastLength, usual));
}

/**
 * Writes the encoding of one column of texts.
 *
 * @param text string [N, text columns]
 * @returns float32 [N, length]: the numbers of the first words, 1 for words that are not known, 0 after the end
 */
export function emitTokens(builder: GraphBuilder, text: Value, plan: TokenPlan): Value {
  const length = plan.outputs.length;
  const numbered = { ...plan, unknown: unknownNumber, end: endNumber, size: length };
  return emitWords(builder, text, numbered, (body, words) => {
    const pads = [words, body.integers([0, 0, 0, length]), body.integers([endNumber], [])];
    const longer = body.op('Pad', pads, { mode: attr.string('constant') });
    const bounds = [0, length, 1].map((bound) => body.integers([bound]));
    return emitFloat(body, body.op('Slice', [longer, ...bounds]));
  });
}
