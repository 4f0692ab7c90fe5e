/** Explains models that were brought along: one input of numbers, one row each, by kernel SHAP or LIME. */
import { explainLimits } from '../../contracts/explain.ts';
import { invalidInput, isRecord, type OnrampError } from '../../core/index.ts';
import type { Feeds, RawModel } from '../../explain/index.ts';
import type { TensorData, ValueInfo } from '../../onnx/index.ts';
import { nativeForm } from '../row-source.ts';
import type { TensorModel } from '../version-cache.ts';
import { estimateRows } from './estimate-rows.ts';
import type { Explained } from './explain-request.ts';
import type { ExplainOptions } from './options.ts';

type FloatType = 'float32' | 'float64';

/** The input that is explained. */
interface FlatInput {
  readonly name: string;
  readonly type: FloatType;
  /** How many rows the model takes at once; `null` for any number. */
  readonly batch: number | null;
}

/**
 * Explains the rows of `{"instances": [[...]], "background": [[...]]}`; without a background, columns that are left
 * out are zero.
 *
 * @throws invalid_request `not_explainable`, `method_mismatch`, `wrong_shape`, or what estimating refuses
 */
export async function explainImported(
  model: TensorModel,
  body: unknown,
  { method = 'kernel', budget, label }: ExplainOptions,
): Promise<Explained> {
  if (method !== 'kernel' && method !== 'lime') {
    throw invalidInput(
      `method=${method} explains models trained here; this one was brought along: kernel or lime.`,
      {
        code: 'method_mismatch',
        param: 'method',
      },
    );
  }
  const input = flatInput(model);
  const { background, ...rows } = isRecord(body) ? body : {};
  const { field, value } = nativeForm(rows);
  const own = numberRows(value, field === 'instances' ? 'instances' : null);
  const columns = own[0]!.length;
  const others =
    background === undefined ? [new Array<number>(columns).fill(0)] : numberRows(background, 'background');
  if (others.length > explainLimits.backgroundRows || others[0]!.length !== columns) {
    throw wrongShape(
      `"background" must be 1 to ${explainLimits.backgroundRows} rows of ${columns} numbers.`,
      'background',
    );
  }
  const raw = await rawModel(model, input, own[0]!);
  const feedsOf = (some: readonly (readonly number[])[]): Feeds => ({
    [input.name]: tensorOf(some, input.type),
  });
  const estimated = await estimateRows(
    outputAsked(raw, label),
    { own: own.map((row) => feedsOf([row])), background: feedsOf(others) },
    { method, budget },
  );
  const explanations = estimated.explanations.flatMap((outputs, row) =>
    outputs.map((one, output) => ({
      row,
      ...one,
      ...(raw.outputs > 1 && { label: label ?? String(output) }),
    })),
  );
  const { model: name, version } = model.manifest;
  return {
    model: name,
    version,
    target: raw.output,
    method,
    units: 'value',
    evaluations: estimated.evaluations,
    explanations,
    valuesOf: (row) =>
      own[row]!.map((number, column) => ({ name: `${input.name}[${column}]`, value: number })),
    warnings: [],
    warningsOmitted: 0,
  };
}

/** The only input, if it is a matrix of numbers. */
function flatInput({ session }: TensorModel): FlatInput {
  const [input, ...more] = session.inputs;
  const isFlat = input && more.length === 0 && input.shape.length === 2 && isFloat(input.type);
  if (!isFlat) {
    throw notExplainable('its one input must be float32 or float64 with two dimensions, rows and columns');
  }
  const [rows] = input.shape;
  return { name: input.name, type: input.type as FloatType, batch: typeof rows === 'number' ? rows : null };
}

const isFloat = (type: ValueInfo['type']): boolean => type === 'float32' || type === 'float64';

/** The model's first output of numbers, tried on one row to learn how many numbers a row gets. */
async function rawModel(
  { session }: TensorModel,
  { name, type, batch }: FlatInput,
  trial: readonly number[],
): Promise<RawModel & { readonly output: string }> {
  const output = session.outputs.find((one) => isFloat(one.type));
  if (!output) throw notExplainable('it gives no float32 or float64 numbers');
  if (batch !== null && batch !== 1) throw notExplainable(`it takes exactly ${batch} rows at once`);
  const ask = async (feeds: Feeds): Promise<Float64Array> =>
    Float64Array.from((await session.run(feeds, [output.name]))[output.name]!.data as Float32Array);
  const outputs = (await ask({ [name]: tensorOf([trial], type) })).length;
  if (outputs === 0) throw notExplainable(`its output "${output.name}" is empty`);
  const run = async (feeds: Feeds, rows: number): Promise<Float64Array> => {
    const answers = batch === null ? await ask(feeds) : await askOneByOne(ask, name, feeds[name]!);
    if (answers.length === rows * outputs) return answers;
    throw notExplainable(`its output "${output.name}" has not one row for each row of the input`);
  };
  const columns = trial.map((_, index) => ({ input: name, index }));
  return { columns, outputs, run, output: output.name };
}

async function askOneByOne(
  ask: (feeds: Feeds) => Promise<Float64Array>,
  name: string,
  { type, dims, data }: TensorData,
): Promise<Float64Array> {
  const [rows, columns] = dims as [number, number];
  const numbers = data as Float32Array;
  const answers: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    const own = numbers.slice(row * columns, (row + 1) * columns);
    answers.push(...(await ask({ [name]: { type, dims: [1, columns], data: own } })));
  }
  return Float64Array.from(answers);
}

/** Only the output whose number is asked for as `class`. */
function outputAsked(raw: RawModel, label: string | undefined): RawModel {
  if (label === undefined) return raw;
  const index = /^\d+$/.test(label) ? Number(label) : -1;
  if (index < 0 || index >= raw.outputs) {
    throw invalidInput(`"class" must be the number of an output from 0 to ${raw.outputs - 1}.`, {
      code: 'unknown_class',
      param: 'class',
    });
  }
  return {
    ...raw,
    outputs: 1,
    run: async (feeds, rows) =>
      (await raw.run(feeds, rows)).filter((_, place) => place % raw.outputs === index),
  };
}

function numberRows(value: unknown, place: string | null): readonly (readonly number[])[] {
  const rows = Array.isArray(value) ? (value as unknown[]) : [];
  const width = Array.isArray(rows[0]) ? rows[0].length : 0;
  const isRow = (row: unknown): boolean =>
    Array.isArray(row) && row.length === width && row.every((number) => typeof number === 'number');
  if (width > 0 && rows.every(isRow)) return rows as readonly (readonly number[])[];
  throw wrongShape(
    `"${place ?? 'instances'}" must be rows of numbers, all of one length.`,
    place ?? 'instances',
  );
}

function tensorOf(rows: readonly (readonly number[])[], type: FloatType): TensorData {
  const values = rows.flat();
  const data = type === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
  return { type, dims: [rows.length, rows[0]!.length], data };
}

const wrongShape = (message: string, param: string): OnrampError =>
  invalidInput(message, { code: 'wrong_shape', param });

const notExplainable = (reason: string): OnrampError =>
  invalidInput(`This model cannot be explained: ${reason}.`, { code: 'not_explainable', param: 'model' });
