/** From the rows of a request to tensors: every value checked once, in a tight loop, naming row and field. */
import { type PredictionWarning, predictLimits } from '../contracts/http.ts';
import type { FeatureSchema, ModelSchema } from '../contracts/records.ts';
import { invalidInput, OnrampError } from '../core/index.ts';
import type { TensorData } from '../onnx/types.ts';
import { compileWriter, type RowBuffers, type ValueWriter } from './write-values.ts';

const { rows: maxRows, warnings: maxWarnings } = predictLimits;

/** Rows ready for the model. */
export interface DecodedRows {
  readonly rows: number;
  readonly feeds: Record<string, TensorData>;
  readonly warnings: PredictionWarning[];
  /** Warnings beyond those that fit into an answer. */
  readonly warningsOmitted: number;
}

/**
 * Decodes `{"instances": [...]}` (rows as objects or arrays) or `{"columns": {...}}`.
 *
 * @throws invalid_request naming row and field; too_large above 10,000 rows
 */
export type RowDecoder = (body: unknown) => DecodedRows;

type RawRow = Readonly<Record<string, unknown>> | readonly unknown[];

/** A decoder for one model's signature; made once when the model is loaded. */
export function compileDecoder(schema: ModelSchema): RowDecoder {
  const { features, missing = [] } = schema;
  const counts = { numeric: 0, text: 0 };
  for (const { input } of features) counts[input] += 1;
  const writers = features.map((feature) => compileWriter(feature, counts[feature.input], missing));
  const known = new Set([...features.map(({ name }) => name), ...schema.ignored]);
  return (body) => {
    const source = readSource(body);
    const { rows } = source;
    refuseRowCount(rows);
    const warnings: PredictionWarning[] = [];
    let warningsOmitted = 0;
    const buffers: RowBuffers = {
      numeric: new Float32Array(rows * counts.numeric),
      text: new Array<string>(rows * counts.text),
      warn: (about, message) => {
        if (warnings.length < maxWarnings) warnings.push({ ...about, message: message() });
        else warningsOmitted += 1;
      },
      nameOf: source.kind === 'columns' ? columnValueName : instanceValueName,
    };
    if (source.kind === 'columns') writeColumns(source.columns, { features, writers, known, buffers });
    else writeInstances(source.instances, { features, writers, known, buffers });
    return { rows, feeds: feedsOf(buffers, rows, counts), warnings, warningsOmitted };
  };
}

const instanceValueName = (row: number, field: string): string => `instances[${row}].${field}`;
const columnValueName = (row: number, field: string): string => `columns.${field}[${row}]`;

function feedsOf(
  { numeric, text }: RowBuffers,
  rows: number,
  counts: { readonly numeric: number; readonly text: number },
): Record<string, TensorData> {
  const feeds: Record<string, TensorData> = {};
  if (counts.numeric > 0) feeds.numeric = { type: 'float32', dims: [rows, counts.numeric], data: numeric };
  if (counts.text > 0) feeds.text = { type: 'string', dims: [rows, counts.text], data: text };
  return feeds;
}

type Source =
  | { readonly kind: 'instances'; readonly instances: readonly RawRow[]; readonly rows: number }
  | {
      readonly kind: 'columns';
      readonly columns: Readonly<Record<string, readonly unknown[]>>;
      readonly rows: number;
    };

function readSource(body: unknown): Source {
  if (!isRecord(body)) {
    throw wrongShape('The body must be a JSON object such as {"instances": [{"age": 61}]}.', null);
  }
  const { instances, columns } = body;
  if ((instances === undefined) === (columns === undefined)) {
    throw wrongShape('The body must have exactly one of "instances" (rows) and "columns".', null);
  }
  const extra = Object.keys(body).find((key) => key !== 'instances' && key !== 'columns');
  if (extra !== undefined) {
    throw wrongShape(`The body has the unknown field "${extra}"; send only "instances" or "columns".`, extra);
  }
  return columns === undefined ? readInstances(instances) : readColumns(columns);
}

function readInstances(instances: unknown): Source {
  if (!Array.isArray(instances)) throw wrongShape('"instances" must be an array of rows.', 'instances');
  return { kind: 'instances', instances: instances as RawRow[], rows: instances.length };
}

function readColumns(columns: unknown): Source {
  if (!isRecord(columns)) throw wrongShape('"columns" must be an object of arrays, one a column.', 'columns');
  let rows = -1;
  for (const [name, values] of Object.entries(columns)) {
    if (!Array.isArray(values)) throw wrongShape(`"columns.${name}" must be an array.`, `columns.${name}`);
    if (rows >= 0 && values.length !== rows) {
      throw wrongShape(
        `"columns.${name}" has ${values.length} values where the columns before it have ${rows}; every column needs the same number.`,
        `columns.${name}`,
      );
    }
    rows = values.length;
  }
  return { kind: 'columns', columns: columns as Record<string, unknown[]>, rows: Math.max(rows, 0) };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrongShape = (message: string, param: string | null): OnrampError =>
  invalidInput(message, { code: 'wrong_shape', ...(param !== null && { param }) });

function refuseRowCount(rows: number): void {
  if (rows === 0) throw wrongShape('There is no row to predict for; send at least one.', 'instances');
  if (rows > maxRows) {
    throw new OnrampError(
      'too_large',
      `The request has ${rows} rows; one request takes at most ${maxRows}. Send the rows in several requests.`,
      { code: 'too_many_rows', param: 'instances' },
    );
  }
}

interface Plan {
  readonly features: readonly FeatureSchema[];
  readonly writers: readonly ValueWriter[];
  readonly known: ReadonlySet<string>;
  readonly buffers: RowBuffers;
}

function writeInstances(instances: readonly RawRow[], plan: Plan): void {
  for (let row = 0; row < instances.length; row += 1) {
    const instance = instances[row];
    if (Array.isArray(instance)) writeArrayRow(instance, row, plan);
    else if (typeof instance === 'object' && instance !== null) {
      writeObjectRow(instance as Readonly<Record<string, unknown>>, row, plan);
    } else {
      throw wrongShape(`"instances[${row}]" must be an object or an array of values.`, `instances[${row}]`);
    }
  }
}

function writeArrayRow(
  instance: readonly unknown[],
  row: number,
  { features, writers, buffers }: Plan,
): void {
  if (instance.length !== features.length) {
    throw wrongShape(
      `"instances[${row}]" has ${instance.length} values; the model takes ${features.length}: ${listNames(features)}.`,
      `instances[${row}]`,
    );
  }
  for (let column = 0; column < writers.length; column += 1) writers[column]!(instance[column], row, buffers);
}

function writeObjectRow(instance: Readonly<Record<string, unknown>>, row: number, plan: Plan): void {
  const { features, writers, buffers } = plan;
  for (let column = 0; column < writers.length; column += 1) {
    const { name } = features[column]!;
    // A field may be called like what every object inherits, such as "constructor".
    const value = Object.hasOwn(instance, name) ? instance[name] : undefined;
    if (value === undefined) throw missingField(`instances[${row}]`, name);
    writers[column]!(value, row, buffers);
  }
  let fields = 0;
  for (const _field in instance) fields += 1;
  if (fields > features.length)
    refuseUnknown(Object.keys(instance), plan, (name) => `instances[${row}].${name}`);
}

function writeColumns(columns: Readonly<Record<string, readonly unknown[]>>, plan: Plan): void {
  const { features, writers, buffers } = plan;
  refuseUnknown(Object.keys(columns), plan, (name) => `columns.${name}`);
  for (let column = 0; column < writers.length; column += 1) {
    const { name } = features[column]!;
    const values = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (values === undefined) throw missingField('columns', name);
    for (let row = 0; row < values.length; row += 1) writers[column]!(values[row], row, buffers);
  }
}

const missingField = (place: string, name: string): OnrampError =>
  invalidInput(`"${place}" has no field "${name}". Send null if its value is not known.`, {
    code: 'missing_field',
    param: `${place}.${name}`,
  });

function refuseUnknown(
  names: readonly string[],
  { known, features }: Plan,
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
