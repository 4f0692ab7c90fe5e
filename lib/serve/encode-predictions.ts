/** From the model's tensors to the native answer, written as text in one pass. */
import type { PredictionWarning } from '../contracts/http.ts';
import type { ModelSchema, VersionManifest } from '../contracts/records.ts';
import type { TensorData } from '../onnx/types.ts';
import { nonFiniteNumber, shortest32 } from './numbers.ts';
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

/** What stands between the values of a row, the same in every answer of a model. */
interface ClassTexts {
  /** By label, everything from the end of the id up to the first probability. */
  readonly beforeFirst: ReadonlyMap<string, string>;
  /** Up to the probability of each class; nothing for the first. */
  readonly before: readonly string[];
}

const textsOfSchema = new WeakMap<ModelSchema, ClassTexts>();

function classTexts(schema: ModelSchema, classes: readonly string[]): ClassTexts {
  let texts = textsOfSchema.get(schema);
  if (!texts) {
    const keys = classes.map((label) => JSON.stringify(label));
    const first = (key: string): string => `","label":${key},"probabilities":{${keys[0]}:`;
    texts = {
      beforeFirst: new Map(classes.map((label, column) => [label, first(keys[column]!)])),
      before: keys.map((key, column) => (column === 0 ? '' : `,${key}:`)),
    };
    textsOfSchema.set(schema, texts);
  }
  return texts;
}

function encodeClasses(
  { manifest, outputs, rows }: Answer,
  classes: readonly string[],
  { id, nonFinite }: Writing,
): string {
  const labels = outputs.label!.data as readonly string[];
  const probabilities = outputs.probabilities!.data as Float32Array;
  const { beforeFirst, before } = classTexts(manifest.schema, classes);
  const count = classes.length;
  const number = (row: number, column: number): string => {
    const value = probabilities[row * count + column]!;
    return Number.isFinite(value)
      ? shortest32(value)
      : nonFiniteNumber(value, nonFinite, `probabilities of row ${row}`);
  };
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    text += `${row === 0 ? '' : ','}{"id":${id}-${row}${beforeFirst.get(labels[row]!)}${number(row, 0)}`;
    for (let column = 1; column < count; column += 1) text += before[column]! + number(row, column);
    text += '}}';
  }
  return text;
}

function encodeValues({ outputs, rows }: Answer, { id, nonFinite }: Writing): string {
  const values = outputs.value!.data as Float32Array;
  let text = '';
  for (let row = 0; row < rows; row += 1) {
    const value = values[row]!;
    const number = Number.isFinite(value)
      ? shortest32(value)
      : nonFiniteNumber(value, nonFinite, `value of row ${row}`);
    text += `${row === 0 ? '' : ','}{"id":${id}-${row}","value":${number}}`;
  }
  return text;
}
