/** Runs a model file over rows of a table: the answers that scores are made from. */
import type { FeatureSchema, ModelSchema } from '../contracts/records.ts';
import { invalidInput, joinFloats } from '../core/index.ts';
import type { Table } from '../dataset/index.ts';
import type { ModelSession, TensorData } from '../onnx/index.ts';
import { packColumns, valuesInRow } from '../preprocess/index.ts';

/** Rows in one call of the runtime: large enough to be quick, small enough for memory. */
const mostRows = 8192;
/** Values in one call; pictures have many a row. */
const batchValues = 4_194_304;

/** Class probabilities, row-major [N, K], and the labels the file itself chose. */
export interface ClassPredictions {
  readonly task: 'classification';
  readonly probabilities: Float32Array;
  readonly labels: readonly string[];
}

/** One value a row. */
export interface NumberPredictions {
  readonly task: 'regression';
  readonly values: Float32Array;
}

export type Predictions = ClassPredictions | NumberPredictions;

/**
 * The answers for the given rows, in their order.
 *
 * @param schema what the model takes; its columns must be in the table
 * @param rows row numbers of the table
 * @throws invalid_request `answer_not_finite` naming the first row whose answer is no finite number
 */
export async function predictTable(
  session: ModelSession,
  schema: ModelSchema,
  table: Table,
  rows: Uint32Array,
): Promise<Predictions> {
  const classCount = schema.classes?.length ?? 0;
  const labels: string[] = [];
  const numbers = new Float32Array(rows.length * Math.max(1, classCount));
  for await (const { start, answer } of answerBatches(session, schema.features, { table, rows })) {
    if (classCount > 0) {
      numbers.set(answer.probabilities!.data as Float32Array, start * classCount);
      for (const label of answer.label!.data as readonly string[]) labels.push(label);
    } else {
      numbers.set(answer.value!.data as Float32Array, start);
    }
  }
  refuseNonFinite(numbers, Math.max(1, classCount), rows);
  return classCount > 0
    ? { task: 'classification', probabilities: numbers, labels }
    : { task: 'regression', values: numbers };
}

/** Rows of a table. */
export interface TableRows {
  readonly table: Table;
  readonly rows: Uint32Array;
}

/** One output of a model, float32 [N] or [N, k], for the given rows in their order. */
export async function outputOfRows(
  session: ModelSession,
  { features, output }: { readonly features: readonly FeatureSchema[]; readonly output: string },
  asked: TableRows,
): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const { answer } of answerBatches(session, features, asked)) {
    parts.push(answer[output]!.data as Float32Array);
  }
  return joinFloats(parts);
}

/** What a model answers, so many rows at a time as memory allows; `start` is the place of the first of them. */
async function* answerBatches(
  session: ModelSession,
  features: readonly FeatureSchema[],
  { table, rows }: TableRows,
): AsyncGenerator<{ readonly start: number; readonly answer: Readonly<Record<string, TensorData>> }> {
  const wide = Math.floor(batchValues / valuesInRow(table, features));
  const batchRows = Math.min(mostRows, Math.max(1, wide));
  for (let start = 0; start < rows.length; start += batchRows) {
    const batch = rows.subarray(start, start + batchRows);
    yield { start, answer: await session.run(packColumns(table, features, batch)) };
  }
}

function refuseNonFinite(numbers: Float32Array, columns: number, rows: Uint32Array): void {
  const at = numbers.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw invalidInput(
    `The model answers ${numbers[at]} for row ${rows[Math.floor(at / columns)]! + 1}: some number on the way is too large for 32 bits. Leave preprocess.scaling out, so that columns are brought to one scale; exclude columns with extreme values; or take smaller settings, such as a lower degree.`,
    { code: 'answer_not_finite' },
  );
}
