/** Categories and booleans: one dictionary look-up for all columns, then one-hot or ordinal codes. */
import type { Table } from '../dataset/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import type { ColumnToFit } from './numeric.ts';
import { textColumn } from './pack-columns.ts';
import type { Settings } from './settings.ts';
import type { CategoryPlan, OutputColumn } from './types.ts';

/** ONNX's number of float32, for Cast. */
const FLOAT32 = 1;
/** What a text has that the dictionary does not know. */
const unknownCode = -1;

/** How often each text occurs. */
export type CategoryCounts = ReadonlyMap<string, number>;

/** A column's dictionary and its output columns. */
interface CategoryFit {
  readonly codes: readonly (readonly [text: string, code: number])[];
  /** One-hot: a name and a code for each output. Ordinal: `null`, the code itself is the output. */
  readonly oneHot: readonly { readonly name: string; readonly code: number }[] | null;
}

/**
 * Counts the texts of a column; the empty text stands for a missing value.
 *
 * Texts are counted as the runtime sees them: it ends a text at a NUL and replaces half a surrogate pair.
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
    const end = text.indexOf('\0');
    const plain = (end < 0 ? text : text.slice(0, end)).toWellFormed();
    seen.set(plain, (seen.get(plain) ?? 0) + count);
  }
  return seen;
}

/**
 * Learns the dictionary of each column.
 *
 * One-hot: a column for each frequent category in code-unit order; a last one for rare and unknown categories if some
 * are rare, else an unknown category is all zeros. Ordinal: codes 0, 1, ... in code-unit order, then one code for the
 * rare ones. By frequency: codes rising with the frequency, rare ones 0. An unknown category has the code -1.
 *
 * @param columns in the order of the features, at least one
 */
export function fitCategories(
  table: Table,
  columns: readonly ColumnToFit[],
  rows: Uint32Array,
  settings: Settings,
): CategoryPlan {
  const fits = columns.map(({ name }) => fitColumn(name, countCategories(table, name, rows), settings));
  const ordinal = fits.flatMap(({ oneHot }, position) => (oneHot === null ? [position] : []));
  const hot = fits.flatMap(({ oneHot }, column) => (oneHot ?? []).map((output) => ({ ...output, column })));
  const featureOf = (position: number): number => columns[position]!.feature;
  const outputs: readonly OutputColumn[] = [
    ...ordinal.map((position) => ({ name: columns[position]!.name, feature: featureOf(position) })),
    ...hot.map(({ name, column }) => ({ name, feature: featureOf(column) })),
  ];
  return {
    columns: columns.map(({ index }) => index),
    codes: fits.map(({ codes }) => codes),
    ordinal,
    oneHot: hot.map(({ column, code }) => ({ column, code })),
    outputs,
  };
}

function fitColumn(name: string, counts: CategoryCounts, settings: Settings): CategoryFit {
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
    return { codes, oneHot: null };
  }
  const first = rare.length > 0 ? 1 : 0;
  const rising = [...kept].sort((left, right) => counts.get(left)! - counts.get(right)!);
  return {
    codes: [...withCode(rare, 0), ...rising.map((text, rank) => [text, first + rank] as const)],
    oneHot: null,
  };
}

const withCode = (texts: readonly string[], code: number): readonly (readonly [string, number])[] =>
  texts.map((text) => [text, code]);

/**
 * Writes the category part of the encoding. Each text gets the number of its column as prefix, so that one look-up
 * serves all columns: fewer nodes, which is what one row at a time pays for.
 *
 * @param text string [N, text columns]
 * @returns blocks float32 [N, ...] whose columns are `plan.outputs` in order
 */
export function emitCategories(builder: GraphBuilder, text: Value, plan: CategoryPlan): readonly Value[] {
  const { columns, codes: dictionaries, ordinal, oneHot } = plan;
  const chosen = builder.op('Gather', [text, builder.integers(columns)], { axis: attr.int(1) });
  const prefixes = builder.strings(columns.map((_, position) => `${position}:`));
  const entries = dictionaries.flatMap((dictionary, position) =>
    dictionary.map(([category, code]): [key: string, code: number] => [`${position}:${category}`, code]),
  );
  // Where every category is rare there is none, but the operator wants one; no text is without a prefix.
  if (entries.length === 0) entries.push(['', unknownCode]);
  const codes = builder.op(
    'LabelEncoder',
    [builder.op('StringConcat', [prefixes, chosen])],
    {
      keys_strings: attr.strings(entries.map(([key]) => key)),
      values_floats: attr.floats(entries.map(([, code]) => code)),
      default_float: attr.float(unknownCode),
    },
    { domain: 'ai.onnx.ml', hint: 'codes' },
  );
  const blocks: Value[] = [];
  if (ordinal.length > 0) blocks.push(takeColumns(builder, codes, ordinal, columns.length));
  if (oneHot.length > 0) blocks.push(emitOneHot(builder, codes, plan));
  return blocks;
}

function takeColumns(
  builder: GraphBuilder,
  codes: Value,
  positions: readonly number[],
  width: number,
): Value {
  if (positions.length === width) return codes;
  return builder.op('Gather', [codes, builder.integers(positions)], { axis: attr.int(1) });
}

/** Repeats each column's code for each of its outputs by a product with zeros and ones, then compares. */
function emitOneHot(builder: GraphBuilder, codes: Value, { columns, oneHot }: CategoryPlan): Value {
  const width = oneHot.length;
  const spread = new Float32Array(columns.length * width);
  for (const [output, { column }] of oneHot.entries()) spread[column * width + output] = 1;
  // Each sum has one term that is not zero, so it is exact; a Gather of columns takes three times as long.
  const repeated = builder.op('MatMul', [codes, builder.floats(spread, [columns.length, width], 'spread')]);
  const wanted = builder.floats(
    oneHot.map(({ code }) => code),
    undefined,
    'code',
  );
  return builder.op('Cast', [builder.op('Equal', [repeated, wanted])], { to: attr.int(FLOAT32) });
}
