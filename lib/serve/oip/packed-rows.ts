/** Packed rows for a trained model: the two tensors of its file, `numeric` and `text`, instead of a tensor a column. */
import type { ModelSchema } from '../../contracts/records.ts';
import type { TensorData, ValueInfo } from '../../onnx/types.ts';
import type { PackedRows } from '../decode-packed.ts';
import { partialTensorFromNested } from '../tensors/index.ts';
import { numbersOf, valuePlace, wrongDatatype } from './column-rows.ts';
import type { InferInput } from './infer-request.ts';
import { tensorOf, wrongShape } from './match-tensors.ts';

/** Names of the columns that a model takes in each of its tensors, in their order there. */
export function packedColumns({
  features,
}: ModelSchema): Readonly<Record<'numeric' | 'text', readonly string[]>> {
  const columns = { numeric: [] as string[], text: [] as string[] };
  for (const { name, input, index } of features) if (input !== 'image') columns[input][index] = name;
  return columns;
}

/** The tensors that a model's rows can be packed into. */
export function packedInputs(schema: ModelSchema): readonly ValueInfo[] {
  const { numeric, text } = packedColumns(schema);
  const inputs: ValueInfo[] = [];
  if (numeric.length > 0) inputs.push({ name: 'numeric', type: 'float32', shape: ['N', numeric.length] });
  if (text.length > 0) inputs.push({ name: 'text', type: 'string', shape: ['N', text.length] });
  return inputs;
}

/** True if the inputs are a model's packed tensors and could not be its columns. */
export function isPacked(inputs: readonly InferInput[], schema: ModelSchema): boolean {
  if (schema.features.some(({ input }) => input === 'image')) return false;
  const packed = packedInputs(schema);
  const given = new Set(inputs.map(({ name }) => name));
  return (
    packed.length === given.size &&
    packed.every(({ name }) => given.has(name)) &&
    !schema.features.every(({ name }) => given.has(name))
  );
}

/**
 * The rows of packed tensors of the shapes [N, n] and [N, m].
 *
 * @throws invalid_request naming the input
 */
export function packedRows(inputs: readonly InferInput[], schema: ModelSchema): PackedRows {
  const columns = packedColumns(schema);
  const [rows = 0] = inputs[0]!.shape;
  for (const input of inputs) {
    const names = columns[input.name as 'numeric' | 'text'];
    const [first, second] = input.shape;
    if (input.shape.length === 2 && first === rows && second === names.length) continue;
    throw wrongShape(
      input,
      `"${input.name}" takes [${rows}, ${names.length}], a column for each of ${names.join(', ')}`,
    );
  }
  const numeric = inputs.find(({ name }) => name === 'numeric');
  const text = inputs.find(({ name }) => name === 'text');
  const places = new Map(
    schema.features.map(({ name, input, index }) => [
      name,
      {
        place: valuePlace((input === 'numeric' ? numeric : text)!),
        width: columns[input as 'numeric' | 'text'].length,
        index,
      },
    ]),
  );
  return {
    rows,
    numeric: numeric ? packedNumbers(numeric) : new Float32Array(),
    text: text ? packedTexts(text) : [],
    place: 'inputs',
    nameOf: (row, field) => {
      const { place, width, index } = places.get(field)!;
      return `${place}[${row * width + index}]`;
    },
  };
}

function packedNumbers(input: InferInput): Float32Array {
  const { content, type, shape } = input;
  if (type === 'string') throw wrongDatatype(input, 'numbers, best FP32');
  if (content.kind === 'binary') return floatsOf(tensorOf(input, type));
  const target = { type, shape, place: valuePlace(input) };
  const { tensor, missing } = partialTensorFromNested(content.data, target);
  const floats = floatsOf(tensor);
  for (const hole of missing) floats[hole] = Number.NaN;
  return floats;
}

const floatsOf = (tensor: TensorData): Float32Array =>
  tensor.data instanceof Float32Array
    ? tensor.data
    : Float32Array.from(numbersOf(tensor) as ArrayLike<number>);

function packedTexts(input: InferInput): readonly string[] {
  const { content, type, shape } = input;
  if (type !== 'string') throw wrongDatatype(input, 'BYTES');
  if (content.kind === 'binary') return tensorOf(input, type).data as readonly string[];
  const target = { type, shape, place: valuePlace(input) };
  // An empty text is a missing one, which is what `null` leaves behind.
  return partialTensorFromNested(content.data, target).tensor.data as readonly string[];
}
