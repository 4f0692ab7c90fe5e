/** Categories and booleans: one dictionary look-up for all columns, then one-hot or ordinal codes. */
import type { Table } from '../dataset/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import { countCategories, fitCodes, unknownCode } from './category-codes.ts';
import type { ColumnToFit } from './numeric.ts';
import type { Settings } from './settings.ts';
import { emitFloat } from './to-float.ts';
import type { CategoryPlan } from './types.ts';

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
  const fits = columns.map(({ name }) => fitCodes(name, countCategories(table, name, rows), settings));
  const plan = { columns: columns.map(({ index }) => index), codes: fits.map(({ codes }) => codes) };
  if (settings.encoding !== 'one_hot') {
    return { ...plan, oneHot: null, outputs: columns.map(({ name, feature }) => ({ name, feature })) };
  }
  const hot = fits.flatMap(({ oneHot }, column) => oneHot.map((output) => ({ ...output, column })));
  return {
    ...plan,
    oneHot: hot.map(({ column, code }) => ({ column, code })),
    outputs: hot.map(({ name, column }) => ({ name, feature: columns[column]!.feature })),
  };
}

/**
 * Writes the category part of the encoding. Each text gets the number of its column as prefix, so that one look-up
 * serves all columns: fewer nodes, which is what one row at a time pays for.
 *
 * @param text string [N, text columns]
 * @returns one block float32 [N, ...] whose columns are `plan.outputs` in order
 */
export function emitCategories(builder: GraphBuilder, text: Value, plan: CategoryPlan): readonly Value[] {
  const { columns, codes: dictionaries, oneHot } = plan;
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
  return [oneHot === null ? codes : emitOneHot(builder, codes, { columns: columns.length, oneHot })];
}

/** Repeats each column's code for each of its outputs by a product with zeros and ones, then compares. */
function emitOneHot(
  builder: GraphBuilder,
  codes: Value,
  { columns, oneHot }: { readonly columns: number; readonly oneHot: NonNullable<CategoryPlan['oneHot']> },
): Value {
  const width = oneHot.length;
  const spread = new Float32Array(columns * width);
  for (const [output, { column }] of oneHot.entries()) spread[column * width + output] = 1;
  // Each sum has one term that is not zero, so it is exact, for codes up to 2048 even where a GPU rounds factors to
  // 11 bits. A Gather of columns takes three times as long.
  const repeated = builder.op('MatMul', [codes, builder.floats(spread, [columns, width], 'spread')]);
  const wanted = builder.floats(
    oneHot.map(({ code }) => code),
    undefined,
    'code',
  );
  return emitFloat(builder, builder.op('Equal', [repeated, wanted]));
}
