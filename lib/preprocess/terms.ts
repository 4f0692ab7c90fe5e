/** Texts as weights of their words, term frequency times inverse document frequency, as scikit-learn's TfidfVectorizer. */
import { invalidInput } from '../core/index.ts';
import type { Table } from '../dataset/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import type { ColumnToFit } from './numeric.ts';
import { beforeNul, textColumn } from './pack-columns.ts';
import type { TextSettings } from './settings.ts';
import { emitFloat } from './to-float.ts';
import type { TermPlan } from './types.ts';
import { emitWords, numberWords, plainWords } from './words.ts';

/** The values that the terms of a column may take in all training rows together: 400 MB of float32. */
const maxValues = 1e8;
/** Terms that there may be whatever the number of rows. */
const leastTerms = 100;

/** How often words, and sequences of words, occur. */
interface TermCount {
  /** The last text that has it. */
  text: number;
  /** Texts that have it. */
  texts: number;
  total: number;
}

/**
 * Learns the terms of a column: those in enough texts, the most frequent ones of them, in code-point order. A word in a
 * mixture of small and capital letters that no training text has is not known.
 *
 * @returns `null` if no word is in enough texts
 * @throws OnrampError `too_many_terms`
 */
export function fitTerms(
  table: Table,
  { name, index, feature }: ColumnToFit,
  rows: Uint32Array,
  settings: TextSettings,
): TermPlan | null {
  const { values } = textColumn(table, name);
  const counts = new Map<string, TermCount>();
  const seen = new Map<string, Set<string>>();
  for (const [number, row] of rows.entries()) {
    countTerms(beforeNul(values[row] ?? ''), number, { counts, seen, maxWords: settings.maxWords });
    if (counts.size > settings.maxCounted) throw tooManyTerms(name, settings);
  }
  const most = Math.min(settings.maxTerms, Math.max(leastTerms, Math.floor(maxValues / rows.length)));
  const terms = chooseTerms(counts, settings.minTexts, most);
  if (terms.length === 0) return null;
  const wordLists = terms.map(([term]) => term.split(' '));
  const vocabulary = [...new Set(wordLists.flat())].sort();
  const numberOf = new Map(vocabulary.map((word, number) => [word, number]));
  return {
    column: index,
    numbers: numberWords(vocabulary, seen, 0),
    terms: wordLists.map((words) => words.map((word) => numberOf.get(word)!)),
    weights: terms.map(([, { texts }]) => Math.log((1 + rows.length) / (1 + texts)) + 1),
    isLogarithmic: settings.isLogarithmic,
    outputs: terms.map(([term]) => ({ name: `${name}:${term}`, feature })),
  };
}

interface Counting {
  /** By term: its words in small letters, with spaces between them. */
  readonly counts: Map<string, TermCount>;
  readonly seen: Map<string, Set<string>>;
  readonly maxWords: number;
}

/** @param number of the text, from 0 */
function countTerms(text: string, number: number, { counts, seen, maxWords }: Counting): void {
  const plain = plainWords(text, seen);
  for (let length = 1; length <= maxWords; length += 1) {
    for (let start = 0; start + length <= plain.length; start += 1) {
      const term = length === 1 ? plain[start]! : plain.slice(start, start + length).join(' ');
      const count = counts.get(term);
      if (count === undefined) {
        counts.set(term, { text: number, texts: 1, total: 1 });
        continue;
      }
      count.total += 1;
      if (count.text === number) continue;
      count.text = number;
      count.texts += 1;
    }
  }
}

/** The refusal of a column that has more different terms than are counted. */
export function tooManyTerms(
  column: string,
  { maxWords, maxCounted }: Pick<TextSettings, 'maxWords' | 'maxCounted'>,
): Error {
  const [what, remedy, param] =
    maxWords > 1
      ? ['sequences of words', 'Set preprocess.text.max_words to 1', 'preprocess.text.max_words']
      : ['words', 'If it holds no language, leave it out by features.exclude', 'features.exclude'];
  return invalidInput(
    `The texts in "${column}" have more than ${maxCounted} different ${what}, too many to count. ${remedy}, or upload fewer rows.`,
    { code: 'too_many_terms', param },
  );
}

type Term = readonly [text: string, count: TermCount];

function chooseTerms(
  counts: ReadonlyMap<string, TermCount>,
  minTexts: number,
  most: number,
): readonly Term[] {
  const common = [...counts].filter(([, { texts }]) => texts >= minTexts);
  const byText = (left: Term, right: Term): number => compareCodePoints(left[0], right[0]);
  if (common.length <= most) return common.sort(byText);
  const byTotal = common.sort((left, right) => right[1].total - left[1].total || byText(left, right));
  return byTotal.slice(0, most).sort(byText);
}

/** Python's order of texts, in which surrogate pairs come last. */
function compareCodePoints(left: string, right: string): number {
  if (left === right) return 0;
  const [first, second] = [left, right].map((text) => Array.from(text, (letter) => letter.codePointAt(0)!));
  for (let at = 0; at < first!.length && at < second!.length; at += 1) {
    if (first![at] !== second![at]) return first![at]! - second![at]!;
  }
  return first!.length - second!.length;
}

/**
 * Writes the encoding of one column of texts: the weights of a text's terms, as a vector of length 1, or of zeros where
 * no term is known.
 *
 * @param text string [N, text columns]
 * @returns float32 [N, terms]
 */
export function emitTerms(builder: GraphBuilder, text: Value, plan: TermPlan): Value {
  const numbered = { ...plan, unknown: -1, end: -1, size: plan.terms.length };
  const counts = emitWords(builder, text, numbered, (body, words) =>
    body.op('TfIdfVectorizer', [words], countingAttributes(plan), { hint: 'terms' }),
  );
  const weighted = builder.op('Mul', [
    plan.isLogarithmic ? emitLogarithm(builder, counts) : counts,
    builder.floats(plan.weights, undefined, 'weights'),
  ]);
  const length = builder.op('ReduceL2', [weighted, builder.integers([1])], { keepdims: attr.int(1) });
  // Weights are at least 1, so that a length below that is 0.
  return builder.op('Div', [weighted, builder.op('Max', [length, builder.floats([0.5], [])])]);
}

/** The pool holds the terms of one word, then those of two, and so on. */
function countingAttributes({ terms }: TermPlan): Parameters<GraphBuilder['op']>[2] {
  const longest = Math.max(...terms.map(({ length }) => length));
  const numbered = terms.map((words, output) => ({ words, output }));
  const byLength = Array.from({ length: longest }, (_, at) =>
    numbered.filter(({ words }) => words.length === at + 1),
  );
  const starts: number[] = [0];
  for (const group of byLength.slice(0, -1))
    starts.push(starts.at(-1)! + group.flatMap(({ words }) => words).length);
  return {
    mode: attr.string('TF'),
    min_gram_length: attr.int(1),
    max_gram_length: attr.int(longest),
    max_skip_count: attr.int(0),
    ngram_counts: attr.ints(starts),
    ngram_indexes: attr.ints(byLength.flat().map(({ output }) => output)),
    pool_int64s: attr.ints(byLength.flat().flatMap(({ words }) => words)),
  };
}

/** 1 + ln(count), and 0 for 0. */
function emitLogarithm(builder: GraphBuilder, counts: Value): Value {
  const one = builder.floats([1], []);
  const isThere = emitFloat(builder, builder.op('Greater', [counts, builder.floats([0], [])]));
  const logarithm = builder.op('Log', [builder.op('Max', [counts, one])]);
  return builder.op('Mul', [builder.op('Add', [logarithm, one]), isThere]);
}
