/** The rows of a job's input, some thousands at a time, in the form in which HTTP requests bring them. */
import type { ModelSchema } from '../../contracts/records.ts';
import { invalidInput } from '../../core/index.ts';
import { type DatasetHandle, streamRows } from '../../dataset/index.ts';
import { nativeRows, type RowModel, type RowSource } from '../../serve/index.ts';

/** Rows of one call of the model: as many as a request may have, fewer if they hold pictures. */
const mostRows = 10_000;
const mostPixels = 4_194_304;

function chunkRowsOf({ features }: ModelSchema): number {
  const sizes = features.map(({ image }) => (image ? image.width * image.height * image.channels : 0));
  const pixels = sizes.reduce((sum, size) => sum + size, 0);
  return pixels === 0 ? mostRows : Math.min(mostRows, Math.max(1, Math.floor(mostPixels / pixels)));
}

/** Some rows that follow one another. */
export interface RowChunk {
  /** Number of the first row, from 0. */
  readonly start: number;
  readonly rows: number;
  /** Those of the rows that are asked for, by their place in the chunk; all of them if nothing is said. */
  source(picked?: readonly number[]): RowSource;
  /** Values of the columns that are kept, column by column. */
  readonly kept: readonly (readonly (string | null)[])[];
}

/** All rows of an input. */
export interface RowChunks {
  readonly rows: number;
  readonly chunks: AsyncIterable<RowChunk>;
}

/**
 * The rows of a table. Its texts are read as those of a data set are; columns the model does not take are left out.
 *
 * @throws invalid_request `missing_column` for a column that the model takes, `unknown_column` for one to keep
 */
export function tableChunks(handle: DatasetHandle, model: RowModel, keep: readonly string[]): RowChunks {
  const { schema } = model.manifest;
  for (const { name } of schema.features) requireColumn(handle, name, 'missing_column');
  for (const name of keep) requireColumn(handle, name, 'unknown_column');
  return { rows: handle.rows, chunks: readTable(handle, schema, keep) };
}

function requireColumn({ fileName, columns }: DatasetHandle, name: string, code: string): void {
  if (columns.includes(name)) return;
  const shown = columns.slice(0, 30).join(', ');
  const more = columns.length > 30 ? `, ... (${columns.length} in all)` : '';
  const what =
    code === 'missing_column' ? 'which the model takes; add it or rename the one that holds it' : 'to keep';
  throw invalidInput(`${fileName}: There is no column "${name}", ${what}. The columns are ${shown}${more}.`, {
    code,
    param: name,
  });
}

async function* readTable(
  handle: DatasetHandle,
  schema: ModelSchema,
  keep: readonly string[],
): AsyncGenerator<RowChunk> {
  const { features } = schema;
  const wanted = [
    ...features.map(({ name, type }) => {
      const readAs = type === 'numeric' || type === 'datetime' ? type : ('text' as const);
      return { name, type: readAs };
    }),
    ...keep.map((name) => ({ name, type: 'text' as const })),
  ];
  const readers = features.map(({ type, categories = [] }) =>
    (type === 'category' || type === 'boolean') && handle.format !== 'csv' ? typedValue(categories) : null,
  );
  let start = 0;
  for await (const { rows, columns } of streamRows(handle, wanted, chunkRowsOf(schema))) {
    const values = features.map((_, index) => {
      const read = readers[index];
      return read ? columns[index]!.map(read) : columns[index]!;
    });
    yield {
      start,
      rows,
      source: (picked) => ({
        kind: 'columns',
        columns: Object.fromEntries(
          features.map(({ name }, index) => [name, pick(values[index]!, picked)] as const),
        ),
        rows: picked?.length ?? rows,
        place: handle.fileName,
        nameOf: (_row, field) => field,
      }),
      kept: columns.slice(features.length) as (string | null)[][],
    };
    start += rows;
  }
}

/**
 * JSON and Parquet have numbers and booleans beside texts, and the reader gives all of them as texts. What is no text of
 * the training data is therefore taken for what it looks like, and then spelt as the data spell it.
 */
function typedValue(categories: readonly string[]) {
  const known = new Set(categories);
  return (value: string | number | null): string | number | boolean | null => {
    if (typeof value !== 'string' || known.has(value)) return value;
    if (value === 'true' || value === 'false') return value === 'true';
    return /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(value) ? Number(value) : value;
  };
}

/**
 * The rows of the body of a prediction request, exactly as HTTP would take them.
 *
 * @throws invalid_request for what is wrong with the body as a whole
 */
export function bodyChunks(body: unknown, model: RowModel): RowChunks {
  const whole = nativeRows(body);
  const rows = whole.kind === 'columns' ? whole.rows : whole.instances.length;
  // Without rows, or with the wrong columns, the whole request is refused as HTTP refuses it.
  if (rows === 0) model.decode(whole);
  if (whole.kind === 'columns') requireColumns(whole, model);
  const chunkRows = chunkRowsOf(model.manifest.schema);
  async function* chunks(): AsyncGenerator<RowChunk> {
    for (let start = 0; start < rows; start += chunkRows) {
      const count = Math.min(chunkRows, rows - start);
      yield { start, rows: count, source: (picked) => part(whole, { start, count, picked }), kept: [] };
    }
  }
  return { rows, chunks: chunks() };
}

/** A column that is missing, or unknown, is no fault of a row. */
function requireColumns(whole: Extract<RowSource, { readonly kind: 'columns' }>, model: RowModel): void {
  const blank = Object.fromEntries(Object.keys(whole.columns).map((name) => [name, [null]]));
  model.decode({ ...whole, columns: blank, rows: 1 });
}

interface Part {
  readonly start: number;
  readonly count: number;
  readonly picked: readonly number[] | undefined;
}

function part(whole: RowSource, { start, count, picked }: Part): RowSource {
  const cut = (values: ArrayLike<unknown>): readonly unknown[] => {
    const piece = Array.prototype.slice.call(values, start, start + count);
    return picked ? pick(piece, picked) : piece;
  };
  if (whole.kind === 'instances') return { ...whole, instances: cut(whole.instances) };
  const columns = Object.fromEntries(
    Object.entries(whole.columns).map(([name, values]) => [name, cut(values)] as const),
  );
  return { ...whole, columns, rows: picked?.length ?? count };
}

function pick<T>(values: readonly T[], picked: readonly number[] | undefined): readonly T[] {
  return picked ? picked.map((row) => values[row]!) : values;
}
