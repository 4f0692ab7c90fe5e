/** The signature of a model in terms of raw columns, with what the training rows held: the base of data checks. */
import type { FeatureSchema } from '../contracts/records.ts';
import type { Table } from '../dataset/index.ts';
import { presentDates } from './dates.ts';
import { imageColumn, isUsableNumber, numericColumn, textColumn } from './pack-columns.ts';
import { quantileOf } from './statistics.ts';
import type { FeatureColumn } from './types.ts';

type Facts = Pick<FeatureSchema, 'missing' | 'range' | 'typical' | 'categories' | 'image'>;

const factsOf: Readonly<Record<FeatureColumn['type'], typeof numbers>> = {
  numeric: numbers,
  datetime: dates,
  category: categories,
  boolean: categories,
  text: texts,
  image: pictures,
};

/** Share of missing values; range and usual span of numbers, range of dates, every category in code-unit order. */
export function describeFeature(table: Table, feature: FeatureColumn, rows: Uint32Array): FeatureSchema {
  const { name, type, input, index, format } = feature;
  return {
    name,
    type,
    input,
    index,
    ...factsOf[type](table, name, rows),
    ...(format !== undefined && { format }),
  };
}

const missingShare = (present: number, rows: number): number => (rows - present) / rows;

function numbers(table: Table, name: string, rows: Uint32Array): Facts {
  const { values } = numericColumn(table, name);
  // As in the data: people read these, and 0.1 as a float32 would be 0.10000000149011612.
  const sorted = Float64Array.from(rows, (row) => values[row]!)
    .filter(isUsableNumber)
    .sort();
  const missing = missingShare(sorted.length, rows.length);
  if (sorted.length === 0) return { missing };
  return {
    missing,
    range: [sorted[0]!, sorted.at(-1)!],
    typical: [quantileOf(sorted, 0.01), quantileOf(sorted, 0.99)],
  };
}

function dates(table: Table, name: string, rows: Uint32Array): Facts {
  const sorted = presentDates(table, name, rows);
  const missing = missingShare(sorted.length, rows.length);
  return sorted.length === 0 ? { missing } : { missing, range: [sorted[0]!, sorted.at(-1)!] };
}

function categories(table: Table, name: string, rows: Uint32Array): Facts {
  const { values } = textColumn(table, name);
  const texts = new Set<string>();
  let present = 0;
  for (const row of rows) {
    const text = values[row] ?? '';
    if (text === '') continue;
    present += 1;
    texts.add(text);
  }
  return { missing: missingShare(present, rows.length), categories: [...texts].sort() };
}

/** Texts may be personal, so that nothing of them is kept here. */
function texts(table: Table, name: string, rows: Uint32Array): Facts {
  const { values } = textColumn(table, name);
  return { missing: missingShare(countPresent(values, rows), rows.length) };
}

function pictures(table: Table, name: string, rows: Uint32Array): Facts {
  const { values, layout } = imageColumn(table, name);
  return { missing: missingShare(countPresent(values, rows), rows.length), image: layout };
}

const countPresent = (values: readonly (string | null)[], rows: Uint32Array): number =>
  rows.reduce((count, row) => count + ((values[row] ?? '') === '' ? 0 : 1), 0);
