/** How the answers of a model stand in result files: as cells of a table, and as fields of a JSON object. */
import type { ModelSchema } from '../../contracts/records.ts';
import type { ParquetColumn } from '../../dataset/index.ts';
import type { TensorData } from '../../onnx/types.ts';

type Outputs = Readonly<Record<string, TensorData>>;
type WriteNumber = (value: number) => string;

/** The form of one model's answers. */
export interface AnswerForm {
  readonly columns: readonly ParquetColumn[];
  /** The cells of an answer, one a column, commas between them. */
  cells(outputs: Outputs, place: number, number: WriteNumber): string;
  /** The same as in the API, without the braces. */
  fields(outputs: Outputs, place: number, number: WriteNumber): string;
}

/** A label with its probabilities, a value, a group with its distances, or a score with its verdict. */
export function answerForm({ classes, clusters, anomaly }: ModelSchema): AnswerForm {
  if (clusters) return clusterForm(clusters.count);
  if (anomaly) return anomalyForm;
  return classes ? classForm(classes) : valueForm;
}

const numbersOf = (outputs: Outputs, name: string): Float32Array => outputs[name]!.data as Float32Array;
const textOf = (outputs: Outputs, name: string, place: number): string =>
  (outputs[name]!.data as readonly string[])[place]!;

/** A text as a cell, in quotes if it needs them. */
export function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The numbers of a row, each written. */
function rowOf(
  numbers: Float32Array,
  { place, width }: { place: number; width: number },
  number: WriteNumber,
): string[] {
  return Array.from(numbers.subarray(place * width, (place + 1) * width), number);
}

const valueForm: AnswerForm = {
  columns: [{ name: 'value', type: 'FLOAT' }],
  cells: (outputs, place, number) => number(numbersOf(outputs, 'value')[place]!),
  fields: (outputs, place, number) => `"value":${number(numbersOf(outputs, 'value')[place]!)}`,
};

function classForm(classes: readonly string[]): AnswerForm {
  const width = classes.length;
  const keys = classes.map((label) => JSON.stringify(label));
  const shares = (outputs: Outputs, place: number, number: WriteNumber): string[] =>
    rowOf(numbersOf(outputs, 'probabilities'), { place, width }, number);
  return {
    columns: [
      { name: 'label', type: 'VARCHAR' },
      ...classes.map((label) => ({ name: `probability_${label}`, type: 'FLOAT' as const })),
    ],
    cells: (outputs, place, number) =>
      [csvCell(textOf(outputs, 'label', place)), ...shares(outputs, place, number)].join(','),
    fields: (outputs, place, number) => {
      const table = shares(outputs, place, number).map((share, code) => `${keys[code]}:${share}`);
      return `"label":${JSON.stringify(textOf(outputs, 'label', place))},"probabilities":{${table.join(',')}}`;
    },
  };
}

function clusterForm(width: number): AnswerForm {
  const distances = (outputs: Outputs, place: number, number: WriteNumber): string =>
    rowOf(numbersOf(outputs, 'distances'), { place, width }, number).join(',');
  return {
    columns: [
      { name: 'cluster', type: 'VARCHAR' },
      ...Array.from({ length: width }, (_, cluster) => ({
        name: `distance_${cluster}`,
        type: 'FLOAT' as const,
      })),
    ],
    cells: (outputs, place, number) =>
      `${textOf(outputs, 'cluster', place)},${distances(outputs, place, number)}`,
    fields: (outputs, place, number) =>
      `"cluster":"${textOf(outputs, 'cluster', place)}","distances":[${distances(outputs, place, number)}]`,
  };
}

const isAnomaly = (outputs: Outputs, place: number): boolean =>
  (outputs.anomaly!.data as Uint8Array)[place] === 1;

const anomalyForm: AnswerForm = {
  columns: [
    { name: 'anomaly', type: 'VARCHAR' },
    { name: 'score', type: 'FLOAT' },
  ],
  cells: (outputs, place, number) =>
    `${isAnomaly(outputs, place)},${number(numbersOf(outputs, 'score')[place]!)}`,
  fields: (outputs, place, number) =>
    `"score":${number(numbersOf(outputs, 'score')[place]!)},"anomaly":${isAnomaly(outputs, place)}`,
};
