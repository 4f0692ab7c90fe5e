/** The dictionary of a category column: which texts have a code, which are rare, and what a missing one counts as. */
import type { Table } from '../dataset/index.ts';
import { beforeNul, textColumn } from './pack-columns.ts';
import type { Settings } from './settings.ts';

/** What a text has that the dictionary does not know. */
export const unknownCode = -1;

/** How often each text occurs. */
export type CategoryCounts = ReadonlyMap<string, number>;

/** A column's dictionary and its output columns. */
export interface CategoryFit {
  readonly codes: readonly (readonly [text: string, code: number])[];
  /** A name and a code for each output; none where the code itself is the output. */
  readonly oneHot: readonly { readonly name: string; readonly code: number }[];
}

/**
 * Counts the texts of a column; the empty text stands for a missing value.
 *
 * Texts are counted as the runtime sees them: they end at a NUL, and half a surrogate pair is replaced.
 */
export function countCategories(table: Table, name: string, rows: Uint32Array): CategoryCounts {
  const { values } = textColumn(table, name);
  const counts = new Map<string, number>();
  for (const row of rows) {
    const text = values[row] ?? '';
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const seen = new Map<string, number>();
  for (const [text, count] of counts) {
    const plain = beforeNul(text).toWellFormed();
    seen.set(plain, (seen.get(plain) ?? 0) + count);
  }
  return seen;
}

/** Learns the dictionary of one column from its counts. */
export function fitCodes(name: string, counts: CategoryCounts, settings: Settings): CategoryFit {
  const missingAs = standInForMissing(counts, settings);
  const merged = new Map(counts);
  if (missingAs !== '' && merged.delete('')) {
    merged.set(missingAs, (merged.get(missingAs) ?? 0) + counts.get('')!);
  }
  const { kept, rare } = partCategories(merged, settings);
  const fit =
    settings.encoding === 'one_hot' ? fitOneHot(name, kept, rare) : fitOrdinal(kept, rare, merged, settings);
  const codeOfMissing = fit.codes.find(([text]) => text === missingAs)?.[1];
  if (missingAs === '' || codeOfMissing === undefined) return fit;
  return { ...fit, codes: [...fit.codes, ['', codeOfMissing]] };
}

/** The category a missing value is taken for; '' is a category of its own. Under `drop_row`, which is for training, the mode. */
function standInForMissing(counts: CategoryCounts, { categoryMissing, categoryConstant }: Settings): string {
  if (categoryMissing === 'own') return '';
  if (categoryMissing === 'constant') return categoryConstant;
  const present = [...counts].filter(([text]) => text !== '');
  const most = present.reduce((highest, [, count]) => Math.max(highest, count), 0);
  return inOrder(present.filter(([, count]) => count === most).map(([text]) => text))[0] ?? '';
}

/** Code-unit order, which depends on no language. */
const inOrder = (texts: readonly string[]): string[] => [...texts].sort();

/**
 * Frequent and rare categories, both in code-unit order. As in scikit-learn, one of the codes there may be is kept for
 * the rare ones even if there are none yet, and of equally frequent categories the later one is kept.
 */
function partCategories(
  counts: CategoryCounts,
  { rareCount, maxCategories }: Settings,
): { readonly kept: readonly string[]; readonly rare: readonly string[] } {
  const texts = inOrder([...counts.keys()]);
  const frequent = texts.filter((text) => counts.get(text)! >= rareCount);
  if (frequent.length < maxCategories) return { kept: frequent, rare: without(texts, frequent) };
  const byCount = [...texts].sort((left, right) => counts.get(left)! - counts.get(right)!);
  const kept = inOrder(byCount.slice(texts.length - (maxCategories - 1)));
  return { kept, rare: without(texts, kept) };
}

function without(texts: readonly string[], removed: readonly string[]): readonly string[] {
  const gone = new Set(removed);
  return texts.filter((text) => !gone.has(text));
}

function fitOneHot(name: string, kept: readonly string[], rare: readonly string[]): CategoryFit {
  const label = (text: string): string => (text === '' ? `${name}:missing` : `${name}=${text}`);
  const outputs = kept.map((text, code) => ({ name: label(text), code }));
  // A rare category is left out of the dictionary: like an unknown one it then has the code of "other".
  const other = rare.length > 0 ? [{ name: `${name}:other`, code: unknownCode }] : [];
  return { codes: kept.map((text, code) => [text, code]), oneHot: [...outputs, ...other] };
}

/**
 * By frequency an unknown category lies beside the rarest ones, which it most resembles. Codes ordered by the mean of
 * the target scored no better on real data and far worse with a column of many meaningless categories.
 */
function fitOrdinal(
  kept: readonly string[],
  rare: readonly string[],
  counts: CategoryCounts,
  { encoding }: Settings,
): CategoryFit {
  if (encoding === 'ordinal') {
    const codes = [...kept.map((text, code) => [text, code] as const), ...withCode(rare, kept.length)];
    return { codes, oneHot: [] };
  }
  const first = rare.length > 0 ? 1 : 0;
  const rising = [...kept].sort((left, right) => counts.get(left)! - counts.get(right)!);
  return {
    codes: [...withCode(rare, 0), ...rising.map((text, rank) => [text, first + rank] as const)],
    oneHot: [],
  };
}

const withCode = (texts: readonly string[], code: number): readonly (readonly [string, number])[] =>
  texts.map((text) => [text, code]);
