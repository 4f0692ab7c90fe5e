/** From the model's tensors to the native answer, written as text in one pass. */
import type { PredictionWarning } from '../contracts/http.ts';
import type { VersionManifest } from '../contracts/records.ts';
import type { TensorData } from '../onnx/types.ts';
import { number32 } from './numbers.ts';
import type { NonFinitePolicy } from './service.ts';

/** What an answer is made of. */
export interface Answer {
  readonly manifest: VersionManifest;
  readonly outputs: Readonly<Record<string, TensorData>>;
  readonly rows: number;
  readonly warnings: readonly PredictionWarning[];
  /** Warnings that are not among them. */
  readonly warningsOmitted?: number;
  /** What is written for an answer that is no finite number; refused if nothing is said. */
  readonly nonFinite?: NonFinitePolicy;
  /** Prediction ids are this id and the row's number. */
  readonly requestId: string;
}

/**
 * The body of a predict answer: ids, labels with probabilities or values, and the warnings.
 *
 * @throws internal when the model gives something that is no finite number and that is not asked for
 */
export function encodePredictions(answer: Answer): string {
  const { manifest, warnings, warningsOmitted = 0, requestId, nonFinite = 'error' } = answer;
  const id = JSON.stringify(requestId).slice(0, -1);
  const omitted = warningsOmitted > 0 ? `,"warnings_omitted":${warningsOmitted}` : '';
  const predictions = manifest.schema.classes
    ? encodeClasses(answer, manifest.schema.classes, { id, nonFinite })
    : encodeValues(answer, { id, nonFinite });
  return `{"model":${JSON.stringify(manifest.model)},"version":${JSON.stringify(manifest.version)},"predictions":[${predictions}],"warnings":${JSON.stringify(warnings)}${omitted}}`;
}

interface Writing {
  /** The request's id as the beginning of a JSON text. */
  readonly id: string;
  readonly nonFinite: NonFinitePolicy;
}

function encodeClasses(
  { outputs, rows }: Answer,
  classes: readonly string[],
  { id, nonFinite }: Writing,
): string {
  const labels = outputs.label!.data as readonly string[];
  const probabilities = outputs.probabilities!.data as Float32Array;
  const keys = classes.map((label) => JSON.stringify(label));
  const count = classes.length;
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    text += `${row === 0 ? '' : ','}{"id":${id}-${row}","label":${keys[classes.indexOf(labels[row]!)]},"probabilities":{`;
    for (let column = 0; column < count; column += 1) {
      text += `${column === 0 ? '' : ','}${keys[column]}:${number32(probabilities[row * count + column]!, nonFinite, `probabilities of row ${row}`)}`;
    }
    text += '}}';
  }
  return text;
}

function encodeValues({ outputs, rows }: Answer, { id, nonFinite }: Writing): string {
  const values = outputs.value!.data as Float32Array;
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    text += `${row === 0 ? '' : ','}{"id":${id}-${row}","value":${number32(values[row]!, nonFinite, `value of row ${row}`)}}`;
  }
  return text;
}
