/** From the rows of a request to tensors: every value checked once, in a tight loop, naming row and field. */
import type { PredictionWarning } from '../contracts/http.ts';
import { pictureTensor } from '../contracts/image-input.ts';
import { predictLimits } from '../contracts/limits.ts';
import type { FeatureSchema } from '../contracts/records.ts';
import { invalidInput, OnrampError } from '../core/index.ts';
import type { TensorData } from '../onnx/types.ts';
import type { EncodedColumn } from './pictures.ts';
import { collectWarnings } from './row-warnings.ts';
import type { Signature, TensorWidths } from './signature.ts';
import type { RowBuffers } from './write-values.ts';

/** Rows ready for the model. */
export interface DecodedRows {
  readonly rows: number;
  readonly feeds: Record<string, TensorData>;
  readonly warnings: PredictionWarning[];
  /** Warnings beyond those that fit into an answer. */
  readonly warningsOmitted: number;
}

/** Rows as a dialect has found them in a request: each one an object or an array, or all of them column by column. */
export type RowSource =
  | { readonly kind: 'instances'; readonly instances: readonly unknown[]; readonly place: string }
  | {
      readonly kind: 'columns';
      /** All of the same length. */
      readonly columns: Readonly<Record<string, ArrayLike<unknown>>>;
      readonly rows: number;
      /** What the columns are called in a message, such as `columns`. */
      readonly place: string;
      /** What a value is called in a message; `<place>.<field>[<row>]` if nothing is said. */
      readonly nameOf?: (row: number, field: string) => string;
    };

/** How rows are taken. */
export interface DecodeOptions {
  /** What would be a warning is an error. */
  readonly strict?: boolean;
  /** Told of every warning instead of their being listed with their texts: for whoever only counts them. */
  readonly onWarning?: (about: Omit<PredictionWarning, 'message'>) => void;
}

/**
 * Checks the rows and packs them into tensors.
 *
 * @throws invalid_request naming row and field; too_large above 10,000 rows
 */
export type RowDecoder = (source: RowSource, options?: DecodeOptions) => DecodedRows;

/** The decoder of a signature; made once when the model is loaded. */
export function decoderOf(signature: Signature): RowDecoder {
  const { widths } = signature;
  return (source, { strict = false, onWarning } = {}) => {
    const rows = source.kind === 'columns' ? source.rows : source.instances.length;
    refuseRowCount(rows, source.place);
    const nameOf = nameIn(source);
    const collected = collectWarnings(strict, nameOf);
    const buffers: RowBuffers = {
      numeric: new Float32Array(rows * widths.numeric),
      text: new Array<string>(rows * widths.text),
      pictures: new Array<string>(rows * widths.pictures.length),
      warn: onWarning && !strict ? onWarning : collected.warn,
      nameOf,
    };
    const plan: Plan = { signature, buffers, place: source.place };
    if (source.kind === 'columns') writeColumns(source.columns, rows, plan);
    else writeInstances(source.instances, plan);
    return {
      rows,
      feeds: feedsOf(buffers, rows, widths),
      warnings: collected.warnings,
      warningsOmitted: collected.omitted(),
    };
  };
}

function nameIn(source: RowSource): (row: number, field: string) => string {
  const { place } = source;
  if (source.kind === 'instances') return (row, field) => `${place}[${row}].${field}`;
  return source.nameOf ?? ((row, field) => `${place}.${field}[${row}]`);
}

/** What the model is fed: the tensors that have a column. */
export function feedsOf(
  { numeric, text, pictures, nameOf }: Pick<RowBuffers, 'numeric' | 'text' | 'pictures' | 'nameOf'>,
  rows: number,
  widths: TensorWidths,
): Record<string, TensorData> {
  const feeds: Record<string, TensorData> = {};
  if (widths.numeric > 0) feeds.numeric = { type: 'float32', dims: [rows, widths.numeric], data: numeric };
  if (widths.text > 0) feeds.text = { type: 'string', dims: [rows, widths.text], data: text };
  const width = widths.pictures.length;
  for (const [index, name] of widths.pictures.entries()) {
    const data = Array.from({ length: rows }, (_, row) => pictures[row * width + index]!);
    const column: EncodedColumn = { type: 'string', dims: [rows], data, placeOf: (row) => nameOf(row, name) };
    feeds[pictureTensor(name)] = column;
  }
  return feeds;
}

/** The refusal of a request whose parts are not where they belong. */
export const wrongShape = (message: string, param: string | null): OnrampError =>
  invalidInput(message, { code: 'wrong_shape', ...(param !== null && { param }) });

/** Refuses too few and too many rows; `place` is the field they stand in. */
export function refuseRowCount(rows: number, place: string): void {
  if (rows === 0) throw wrongShape('There is no row to predict for; send at least one.', place);
  if (rows > predictLimits.rows) {
    throw new OnrampError(
      'too_large',
      `The request has ${rows} rows; one request takes at most ${predictLimits.rows}. Send them in several requests, or upload them as a file and POST /v1/models/{model}/jobs.`,
      { code: 'too_many_rows', param: place },
    );
  }
}

interface Plan {
  readonly signature: Signature;
  readonly buffers: RowBuffers;
  readonly place: string;
}

function writeInstances(instances: readonly unknown[], plan: Plan): void {
  for (let row = 0; row < instances.length; row += 1) {
    const instance = instances[row];
    if (Array.isArray(instance)) writeArrayRow(instance, row, plan);
    else if (typeof instance === 'object' && instance !== null) {
      writeObjectRow(instance as Readonly<Record<string, unknown>>, row, plan);
    } else {
      const param = `${plan.place}[${row}]`;
      throw wrongShape(`"${param}" must be an object or an array of values.`, param);
    }
  }
}

function writeArrayRow(
  instance: readonly unknown[],
  row: number,
  { signature: { features, writers }, buffers, place }: Plan,
): void {
  if (instance.length !== features.length) {
    throw wrongShape(
      `"${place}[${row}]" has ${instance.length} values; the model takes ${features.length}: ${listNames(features)}.`,
      `${place}[${row}]`,
    );
  }
  for (let column = 0; column < writers.length; column += 1) writers[column]!(instance[column], row, buffers);
}

function writeObjectRow(instance: Readonly<Record<string, unknown>>, row: number, plan: Plan): void {
  const { buffers, place } = plan;
  const { features, writers } = plan.signature;
  for (let column = 0; column < writers.length; column += 1) {
    const { name } = features[column]!;
    // A field may be called like what every object inherits, such as "constructor".
    const value = Object.hasOwn(instance, name) ? instance[name] : undefined;
    if (value === undefined) throw missingField(`${place}[${row}]`, name);
    writers[column]!(value, row, buffers);
  }
  let fields = 0;
  for (const _field in instance) fields += 1;
  if (fields > features.length)
    refuseUnknown(Object.keys(instance), plan, (name) => `${place}[${row}].${name}`);
}

function writeColumns(columns: Readonly<Record<string, ArrayLike<unknown>>>, rows: number, plan: Plan): void {
  const { buffers, place } = plan;
  const { features, writers } = plan.signature;
  refuseUnknown(Object.keys(columns), plan, (name) => `${place}.${name}`);
  for (let column = 0; column < writers.length; column += 1) {
    const { name } = features[column]!;
    const values = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (values === undefined) throw missingField(place, name);
    for (let row = 0; row < rows; row += 1) writers[column]!(values[row], row, buffers);
  }
}

const missingField = (place: string, name: string): OnrampError =>
  invalidInput(`"${place}" has no field "${name}". Send null if its value is not known.`, {
    code: 'missing_field',
    param: `${place}.${name}`,
  });

function refuseUnknown(
  names: readonly string[],
  { signature: { known, features } }: Plan,
  nameOf: (name: string) => string,
): void {
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw invalidInput(`"${nameOf(unknown)}" is not a field of this model. It takes ${listNames(features)}.`, {
    code: 'unknown_field',
    param: nameOf(unknown),
  });
}

function listNames(features: readonly FeatureSchema[]): string {
  const names = features.slice(0, 30).map(({ name }) => name);
  return features.length > 30 ? `${names.join(', ')}, ... (${features.length} in all)` : names.join(', ');
}
