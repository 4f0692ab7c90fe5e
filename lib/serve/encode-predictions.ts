/** From the model's tensors to the native answer, written as text in one pass. */
import type { PredictionWarning } from '../contracts/http.ts';
import type { ModelSchema, VersionManifest } from '../contracts/records.ts';
import { longestNumber, putAscii, putDecimal, putShortest32 } from '../core/index.ts';
import type { TensorData } from '../onnx/types.ts';
import { type AnswerText, addBytes, addText, makeRoom, openText, textOf } from './answer-text.ts';
import { nonFiniteNumber } from './numbers.ts';
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
  const { model, version, schema } = manifest;
  const text = openText();
  addText(text, `{"model":${JSON.stringify(model)},"version":${JSON.stringify(version)},"predictions":[`);
  const beforeRow = `,{"id":${JSON.stringify(requestId).slice(0, -1)}-`;
  const id = Buffer.from(beforeRow);
  if (id.length !== beforeRow.length) text.isAscii = false;
  if (schema.classes) addClasses(text, answer, { id, nonFinite, texts: classTexts(schema, schema.classes) });
  else addValues(text, answer, { id, nonFinite });
  const omitted = warningsOmitted > 0 ? `,"warnings_omitted":${warningsOmitted}` : '';
  addText(text, `],"warnings":${JSON.stringify(warnings)}${omitted}}`);
  return textOf(text);
}

interface Writing {
  /** The beginning of a prediction up to the row's number in its id, a comma in front. */
  readonly id: Uint8Array;
  readonly nonFinite: NonFinitePolicy;
}

/** What stands between the values of a row, the same in every answer of a model. */
interface ClassTexts {
  /** By label, everything from the end of the id up to the first probability. */
  readonly beforeFirst: ReadonlyMap<string, Uint8Array>;
  /** Up to the probability of each class; nothing for the first. */
  readonly before: readonly Uint8Array[];
  /** The most that a row takes besides its id. */
  readonly longestRow: number;
  readonly isAscii: boolean;
}

const textsOfSchema = new WeakMap<ModelSchema, ClassTexts>();

function classTexts(schema: ModelSchema, classes: readonly string[]): ClassTexts {
  const known = textsOfSchema.get(schema);
  if (known) return known;
  const keys = classes.map((label) => JSON.stringify(label));
  const first = (key: string): Uint8Array => Buffer.from(`","label":${key},"probabilities":{${keys[0]}:`);
  const beforeFirst = new Map(classes.map((label, column) => [label, first(keys[column]!)]));
  const before = keys.map((key, column) => Buffer.from(column === 0 ? '' : `,${key}:`));
  const sum = (lengths: readonly number[]): number => lengths.reduce((total, one) => total + one, 0);
  const texts = {
    beforeFirst,
    before,
    longestRow:
      Math.max(0, ...[...beforeFirst.values()].map(({ length }) => length)) +
      sum(before.map(({ length }) => length + longestNumber)),
    isAscii: keys.every((key) => Buffer.byteLength(key) === key.length),
  };
  textsOfSchema.set(schema, texts);
  return texts;
}

/** What a row takes besides its id, its texts and its numbers: its own number and what ends it. */
const rowEndBytes = 2 * longestNumber;
const closing = Buffer.from('}}');

function addClasses(
  text: AnswerText,
  { outputs, rows }: Answer,
  { id, nonFinite, texts }: Writing & { readonly texts: ClassTexts },
): void {
  const labels = outputs.label!.data as readonly string[];
  const probabilities = outputs.probabilities!.data as Float32Array;
  const { before, beforeFirst, longestRow } = texts;
  const count = before.length;
  if (!texts.isAscii) text.isAscii = false;
  for (let row = 0; row < rows; row += 1) {
    makeRoom(text, id.length + longestRow + rowEndBytes);
    beginRow(text, id, row);
    addBytes(text, beforeFirst.get(labels[row]!)!);
    for (let column = 0; column < count; column += 1) {
      if (column > 0) addBytes(text, before[column]!);
      const value = probabilities[row * count + column]!;
      addNumber(text, value, nonFinite, 'probabilities', row);
    }
    addBytes(text, closing);
  }
}

const beforeValue = Buffer.from('","value":');
const closingValue = Buffer.from('}');

function addValues(text: AnswerText, { outputs, rows }: Answer, { id, nonFinite }: Writing): void {
  const values = outputs.value!.data as Float32Array;
  for (let row = 0; row < rows; row += 1) {
    makeRoom(text, id.length + beforeValue.length + longestNumber + rowEndBytes);
    beginRow(text, id, row);
    addBytes(text, beforeValue);
    addNumber(text, values[row]!, nonFinite, 'value', row);
    addBytes(text, closingValue);
  }
}

/** The first has no comma in front. */
function beginRow(text: AnswerText, id: Uint8Array, row: number): void {
  addBytes(text, row === 0 ? id.subarray(1) : id);
  text.at = putDecimal(text.bytes, text.at, row, 0);
}

function addNumber(
  text: AnswerText,
  value: number,
  nonFinite: NonFinitePolicy,
  what: string,
  row: number,
): void {
  const { bytes, at } = text;
  text.at = Number.isFinite(value)
    ? putShortest32(bytes, at, value)
    : putAscii(bytes, at, nonFiniteNumber(value, nonFinite, `${what} of row ${row}`));
}
