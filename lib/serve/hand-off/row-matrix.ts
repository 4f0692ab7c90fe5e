/** Rows as the matrix that a container takes: encoded by the preprocessing of a model, written as JSON or CSV. */
import type { ObjectStore } from '../../storage/index.ts';
import type { DecodedRows } from '../decode-rows.ts';
import { modelParts } from '../explain/model-parts.ts';
import { writeRows } from '../explain/transform-request.ts';
import type { RowModel } from '../version-cache.ts';

/** Rows as numbers; NaN where one is missing. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** How a matrix is written: its rows, some at a time, between a beginning and an end. */
export interface MatrixForm {
  readonly contentType: string;
  readonly head: string;
  readonly between: string;
  readonly tail: string;
  /** At least one row. */
  write(rows: Matrix): string;
}

/** JSON has `null` for a missing value; CSV has no header, an empty field for a missing value and a line for each row. */
export const matrixForms: Readonly<Record<'json' | 'csv', MatrixForm>> = {
  json: {
    contentType: 'application/json',
    head: '{"instances":[',
    between: ',',
    tail: ']}',
    write: (rows) => writeRows(rows).slice(1, -1),
  },
  csv: {
    contentType: 'text/csv',
    head: '',
    between: '\n',
    tail: '\n',
    write: (rows) => writeRows(rows).slice(2, -2).replaceAll('null', '').replaceAll('],[', '\n'),
  },
};

/** Turns rows that were read into numbers. */
export type RowEncoder = (feeds: DecodedRows['feeds']) => Promise<Matrix>;

/**
 * What the preprocessing of a model makes of its rows.
 *
 * @throws invalid_request for a model whose file does not tell its preprocessing, or that looks at pictures
 */
export async function rowEncoder(artifacts: ObjectStore, model: RowModel): Promise<RowEncoder> {
  const { explainer } = await modelParts(artifacts, model);
  return (feeds) => explainer.encode(feeds);
}
