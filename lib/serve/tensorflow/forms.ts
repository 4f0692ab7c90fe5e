/** Outputs in TensorFlow Serving's two forms: an entry for each row, or whole tensors. */
import { invalidInput, type OnrampError } from '../../core/index.ts';
import type { TensorData } from '../../onnx/types.ts';
import type { NonFinitePolicy } from '../service.ts';
import { writeTensorRows } from '../tensors/index.ts';

/** Outputs by name, in the model's order. */
export type Outputs = readonly (readonly [name: string, tensor: TensorData])[];

/** How outputs are written. */
export interface FormOptions {
  readonly nonFinite: NonFinitePolicy;
  /** True: the name is written of a single output too. */
  readonly alwaysNamed?: boolean;
}

/** How they are written row by row. */
export interface RowFormOptions extends FormOptions {
  /** How many rows there must be; by default as many as the first output has. */
  readonly rows?: number;
  /** The field to ask with for whole tensors. */
  readonly otherwise: string;
}

/**
 * A JSON text for each row: the value of the only output, or an object of the outputs.
 *
 * @throws invalid_request `not_by_row` if not all outputs have an entry for each row; `non_finite_output`
 */
export function rowForm(outputs: Outputs, options: RowFormOptions): string[] {
  const { rows = outputs[0]?.[1].dims[0] ?? 0, alwaysNamed = false, otherwise } = options;
  if (outputs.some(([, { dims }]) => dims[0] !== rows)) throw notByRow(outputs, otherwise);
  const columns = outputs.map(([name, tensor]) => writeRows(name, tensor, options));
  if (columns.length === 1 && !alwaysNamed) return columns[0]!;
  const keys = outputs.map(([name]) => JSON.stringify(name));
  return Array.from({ length: rows }, (_, row) => {
    const fields = columns.map((column, index) => `${keys[index]}:${column[row]}`);
    return `{${fields.join(',')}}`;
  });
}

/**
 * The JSON text of whole tensors: that of the only output, or an object of the outputs.
 *
 * @throws invalid_request `non_finite_output`
 */
export function columnForm(outputs: Outputs, options: FormOptions): string {
  const texts = outputs.map(([name, tensor]) => {
    const entries = writeRows(name, tensor, options);
    return tensor.dims.length === 0 ? entries[0]! : `[${entries.join(',')}]`;
  });
  if (outputs.length === 1 && !options.alwaysNamed) return texts[0]!;
  const fields = outputs.map(([name], index) => `${JSON.stringify(name)}:${texts[index]}`);
  return `{${fields.join(',')}}`;
}

function notByRow(outputs: Outputs, otherwise: string): OnrampError {
  const shapes = outputs.map(([name, { dims }]) => `"${name}" [${dims.join(', ')}]`).join(', ');
  return invalidInput(
    `The outputs cannot be given row by row, as not each of them has one entry a row: ${shapes}. Ask with "${otherwise}" for whole tensors.`,
    { code: 'not_by_row', param: 'instances' },
  );
}

/** Texts of an output whose name ends with `_bytes` are bytes, and go out as base64. */
function writeRows(name: string, tensor: TensorData, { nonFinite }: FormOptions): string[] {
  return writeTensorRows(tensor, nonFinite, name, { base64: name.endsWith('_bytes') });
}
