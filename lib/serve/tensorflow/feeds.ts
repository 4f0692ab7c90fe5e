/** Tensors from TensorFlow Serving's two forms: row by row under `instances`, or whole tensors under `inputs`. */
import { invalidInput, isRecord, type OnrampError } from '../../core/index.ts';
import type { TensorData, ValueInfo } from '../../onnx/types.ts';
import { wrongShape } from '../decode-rows.ts';
import { partialTensorFromNested, shapeOf, tensorFromNested } from '../tensors/index.ts';

/** Tensors by the names of a model's inputs. */
export type Feeds = Readonly<Record<string, TensorData>>;

/**
 * The row form: every instance is the value of the only input, or an object with a value for each input; the values
 * are stacked along a new first dimension.
 *
 * @param place the field they stand in
 * @throws invalid_request naming the instance
 */
export function rowFeeds(instances: unknown, inputs: readonly ValueInfo[], place: string): Feeds {
  if (!Array.isArray(instances)) throw wrongShape(`"${place}" must be an array.`, place);
  if (instances.length === 0) throw wrongShape(`"${place}" is empty; send at least one.`, place);
  if (!instances.some(isNamed)) {
    const input = onlyInput(inputs, place, 'an array of objects');
    return { [input.name]: tensorOf(instances, input, place) };
  }
  const columns = inputs.map(() => [] as unknown[]);
  instances.forEach((instance, row) => {
    const values = valuesByInput(instance, inputs, `${place}[${row}]`);
    for (let index = 0; index < columns.length; index += 1) columns[index]!.push(values[index]);
  });
  return Object.fromEntries(
    inputs.map((input, index) => [input.name, stacked(columns[index]!, input, place)]),
  );
}

/**
 * The column form: the whole tensor of the only input, or an object with a whole tensor for each input.
 *
 * @param place the field it stands in
 * @throws invalid_request naming the input
 */
export function columnFeeds(value: unknown, inputs: readonly ValueInfo[], place: string): Feeds {
  if (!isNamed(value)) {
    const input = onlyInput(inputs, place, 'an object');
    return { [input.name]: tensorOf(value, input, place) };
  }
  const values = valuesByInput(value, inputs, place);
  return Object.fromEntries(
    inputs.map((input, index) => [input.name, tensorOf(values[index], input, `${place}.${input.name}`)]),
  );
}

/** An object of values by name, not one of TensorFlow's texts in base64. */
export const isNamed = (value: unknown): value is Record<string, unknown> =>
  isRecord(value) && !isBase64(value);

/** True for `{"b64": "..."}`. */
export const isBase64 = (value: unknown): value is { readonly b64: string } =>
  isRecord(value) && typeof value.b64 === 'string' && Object.keys(value).length === 1;

function onlyInput(inputs: readonly ValueInfo[], place: string, wanted: string): ValueInfo {
  if (inputs.length === 1) return inputs[0]!;
  throw wrongShape(
    `"${place}" must be ${wanted} with a value for each input of the model: ${namesOf(inputs)}.`,
    place,
  );
}

function valuesByInput(value: unknown, inputs: readonly ValueInfo[], place: string): unknown[] {
  if (!isNamed(value)) throw wrongShape(`"${place}" must be an object like the others.`, place);
  const values = inputs.map(({ name }) => {
    if (Object.hasOwn(value, name)) return value[name];
    throw misnamed('missing_field', `"${place}" has no "${name}"`, { inputs, param: `${place}.${name}` });
  });
  const unknown = Object.keys(value).find((name) => !inputs.some((input) => input.name === name));
  if (unknown === undefined) return values;
  const param = `${place}.${unknown}`;
  throw misnamed('unknown_field', `"${param}" is not an input of this model`, { inputs, param });
}

const misnamed = (
  code: string,
  what: string,
  { inputs, param }: { readonly inputs: readonly ValueInfo[]; readonly param: string },
): OnrampError => invalidInput(`${what}; it takes ${namesOf(inputs)}.`, { code, param });

const namesOf = (inputs: readonly ValueInfo[]): string => inputs.map(({ name }) => name).join(', ');

/** The values of one input from all instances. If they do not fit, the first that does not is named. */
function stacked(values: readonly unknown[], input: ValueInfo, place: string): TensorData {
  try {
    return tensorOf(values, input, `${place}.${input.name}`);
  } catch (error) {
    const shape = shapeOf(values[0], place);
    values.forEach((value, row) => {
      tensorOf(value, input, `${place}[${row}].${input.name}`, shape);
    });
    throw error;
  }
}

/** A tensor of the shape in which the value is nested; in one of floats, `null` is NaN. */
function tensorOf(
  value: unknown,
  { type }: ValueInfo,
  place: string,
  shape: readonly number[] = shapeOf(value, place),
): TensorData {
  const target = { type, shape, place, base64: true };
  if (type !== 'float32' && type !== 'float64') return tensorFromNested(value, target);
  const { tensor, missing } = partialTensorFromNested(value, target);
  for (const index of missing) (tensor.data as Float32Array)[index] = Number.NaN;
  return tensor;
}
