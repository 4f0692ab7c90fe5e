/** From the model's tensors to the native answer, written as text in one pass. */
import type { PredictionWarning } from '../contracts/http.ts';
import type { VersionManifest } from '../contracts/records.ts';
import { internal } from '../core/index.ts';
import type { TensorData } from '../onnx/types.ts';

/** What an answer is made of. */
export interface Answer {
  readonly manifest: VersionManifest;
  readonly outputs: Readonly<Record<string, TensorData>>;
  readonly rows: number;
  readonly warnings: readonly PredictionWarning[];
  /** Warnings that are not among them. */
  readonly warningsOmitted?: number;
  /** Prediction ids are this id and the row's number. */
  readonly requestId: string;
}

/**
 * The body of a predict answer: ids, labels with probabilities or values, and the warnings.
 *
 * @throws internal when the model gives something that is no finite number
 */
export function encodePredictions(answer: Answer): string {
  const { manifest, outputs, rows, warnings, warningsOmitted = 0, requestId } = answer;
  const id = JSON.stringify(requestId).slice(0, -1);
  const omitted = warningsOmitted > 0 ? `,"warnings_omitted":${warningsOmitted}` : '';
  const predictions = manifest.schema.classes
    ? encodeClasses(outputs, manifest.schema.classes, rows, id)
    : encodeValues(outputs, rows, id);
  return `{"model":${JSON.stringify(manifest.model)},"version":${JSON.stringify(manifest.version)},"predictions":[${predictions}],"warnings":${JSON.stringify(warnings)}${omitted}}`;
}

function encodeClasses(
  outputs: Answer['outputs'],
  classes: readonly string[],
  rows: number,
  id: string,
): string {
  const labels = outputs.label!.data as readonly string[];
  const probabilities = outputs.probabilities!.data as Float32Array;
  const keys = classes.map((label) => JSON.stringify(label));
  const count = classes.length;
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    text += `${row === 0 ? '' : ','}{"id":${id}-${row}","label":${keys[classes.indexOf(labels[row]!)]},"probabilities":{`;
    for (let column = 0; column < count; column += 1) {
      text += `${column === 0 ? '' : ','}${keys[column]}:${shortest(probabilities[row * count + column]!, row)}`;
    }
    text += '}}';
  }
  return text;
}

function encodeValues(outputs: Answer['outputs'], rows: number, id: string): string {
  const values = outputs.value!.data as Float32Array;
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    text += `${row === 0 ? '' : ','}{"id":${id}-${row}","value":${shortest(values[row]!, row)}}`;
  }
  return text;
}

/** The shortest decimal that reads back as the same 32-bit float; nine digits always do. */
function shortest(value: number, row: number): string {
  if (!Number.isFinite(value)) {
    throw internal(`The model's answer for row ${row} is not a finite number.`, {
      code: 'non_finite_output',
    });
  }
  for (let digits = 6; digits < 9; digits += 1) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}
