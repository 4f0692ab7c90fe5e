/** The inference request of the Open Inference Protocol: read, and checked as far as that goes without the model. */
import { invalidInput, isRecord, type OnrampError } from '../../core/index.ts';
import type { ElementType } from '../../onnx/types.ts';
import { datatypeNames, elementTypeOf, maxDimensions, shown } from '../tensors/index.ts';

/** One input tensor, its values still in the form in which they came. */
export interface InferInput {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** What it is called in a message: `inputs[0]`. */
  readonly place: string;
  /** Values in JSON, or the bytes of the binary form. */
  readonly content:
    | { readonly kind: 'json'; readonly data: unknown }
    | { readonly kind: 'binary'; readonly bytes: Uint8Array };
}

/** An output that was asked for by name. */
export interface RequestedOutput {
  readonly name: string;
  readonly place: string;
  readonly binary: boolean;
}

/** An inference request. */
export interface InferRequest {
  readonly id?: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: readonly InferInput[];
  /** `null` if all are wanted. */
  readonly outputs: readonly RequestedOutput[] | null;
  /** Whether an output goes out in binary form if nothing is said of it. */
  readonly binaryOutputs: boolean;
}

/**
 * Reads a request.
 *
 * @param binary the bytes after the JSON, which the inputs share out among themselves in their order
 * @throws invalid_request naming the field
 */
export function readInferRequest(body: unknown, binary: Uint8Array): InferRequest {
  if (!isRecord(body)) throw invalid(null, 'The body must be a JSON object such as {"inputs": [...]}.');
  const { id, inputs, outputs } = body;
  if (id !== undefined && typeof id !== 'string') throw wrongField('id', 'a text', id);
  const parameters = parametersOf(body, '');
  const binaryOutputs = flagOf(parameters, 'binary_data_output', 'parameters') ?? false;
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw wrongField('inputs', 'an array of one tensor or more', inputs);
  }
  const request = {
    ...(id !== undefined && { id }),
    parameters,
    inputs: readInputs(inputs, binary),
    outputs: readOutputs(outputs, binaryOutputs),
    binaryOutputs,
  };
  refuseTwice(request.inputs);
  refuseTwice(request.outputs ?? []);
  return request;
}

function readInputs(inputs: readonly unknown[], binary: Uint8Array): InferInput[] {
  let offset = 0;
  const take = (sizeBytes: number, place: string): Uint8Array => {
    if (sizeBytes > binary.length - offset) {
      throw invalid(
        `${place}.parameters.binary_data_size`,
        `"${place}.parameters.binary_data_size" is ${sizeBytes}, but only ${binary.length - offset} bytes are left after the JSON and the inputs before.`,
      );
    }
    offset += sizeBytes;
    return binary.subarray(offset - sizeBytes, offset);
  };
  const read = inputs.map((input, index) => readInput(input, `inputs[${index}]`, take));
  if (offset < binary.length) {
    throw invalid(
      'inputs',
      `${binary.length - offset} bytes are left over after the inputs; the "binary_data_size" of all inputs must add up to the ${binary.length} bytes after the JSON.`,
    );
  }
  return read;
}

function readInput(
  input: unknown,
  place: string,
  take: (sizeBytes: number, place: string) => Uint8Array,
): InferInput {
  if (!isRecord(input)) throw wrongField(place, 'an object', input);
  const { name, datatype, shape, data } = input;
  if (typeof name !== 'string') throw wrongField(`${place}.name`, 'a text', name);
  const type = typeof datatype === 'string' ? elementTypeOf(datatype) : undefined;
  if (type === undefined) {
    throw wrongField(`${place}.datatype`, `one of ${datatypeNames.join(', ')}`, datatype);
  }
  const size = parametersOf(input, `${place}.`).binary_data_size;
  if ((data === undefined) === (size === undefined)) {
    throw invalid(
      `${place}.data`,
      `"${place}" must have its values either in "data" or, after the JSON, as the bytes that "parameters.binary_data_size" counts.`,
    );
  }
  if (size !== undefined && !isSize(size)) {
    throw wrongField(`${place}.parameters.binary_data_size`, 'a number of bytes', size);
  }
  const common = { name, type, shape: readShape(shape, `${place}.shape`), place };
  return size === undefined
    ? { ...common, content: { kind: 'json', data } }
    : { ...common, content: { kind: 'binary', bytes: take(size, place) } };
}

function readShape(shape: unknown, place: string): readonly number[] {
  if (!Array.isArray(shape) || shape.length > maxDimensions) {
    throw wrongField(place, `an array of at most ${maxDimensions} sizes`, shape);
  }
  for (let axis = 0; axis < shape.length; axis += 1) {
    if (!isSize(shape[axis])) {
      throw wrongField(`${place}[${axis}]`, 'the size that is sent, an integer from 0 up', shape[axis]);
    }
  }
  return shape as number[];
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What Triton offers for outputs and this service does not; ignored, the answer would not be what was asked for. */
const notOffered = ['classification', 'shared_memory_region'] as const;

function readOutputs(outputs: unknown, binaryOutputs: boolean): readonly RequestedOutput[] | null {
  if (outputs === undefined) return null;
  if (!Array.isArray(outputs)) throw wrongField('outputs', 'an array', outputs);
  const read = outputs.map((output: unknown, index): RequestedOutput => {
    const place = `outputs[${index}]`;
    if (!isRecord(output)) throw wrongField(place, 'an object', output);
    const { name } = output;
    if (typeof name !== 'string') throw wrongField(`${place}.name`, 'a text', name);
    const parameters = parametersOf(output, `${place}.`);
    const unknown = notOffered.find((parameter) => parameters[parameter] !== undefined);
    if (unknown !== undefined) {
      const param = `${place}.parameters.${unknown}`;
      throw invalid(
        param,
        `"${param}" asks for an extension that is not offered; GET /v2 lists those that are.`,
      );
    }
    const binary = flagOf(parameters, 'binary_data', `${place}.parameters`) ?? binaryOutputs;
    return { name, place, binary };
  });
  return read.length === 0 ? null : read;
}

function parametersOf(owner: Readonly<Record<string, unknown>>, prefix: string): Record<string, unknown> {
  const { parameters = {} } = owner;
  if (!isRecord(parameters)) throw wrongField(`${prefix}parameters`, 'an object', parameters);
  return parameters;
}

function flagOf(
  parameters: Readonly<Record<string, unknown>>,
  name: string,
  place: string,
): boolean | undefined {
  const { [name]: flag } = parameters;
  if (flag !== undefined && typeof flag !== 'boolean')
    throw wrongField(`${place}.${name}`, 'true or false', flag);
  return flag;
}

function refuseTwice(tensors: readonly { readonly name: string; readonly place: string }[]): void {
  const seen = new Map<string, string>();
  for (const { name, place } of tensors) {
    const first = seen.get(name);
    if (first !== undefined) {
      throw invalid(
        `${place}.name`,
        `"${place}.name" is "${name}" as is "${first}.name"; name each tensor once.`,
      );
    }
    seen.set(name, place);
  }
}

const invalid = (param: string | null, message: string): OnrampError =>
  invalidInput(message, { code: 'invalid_field', ...(param !== null && { param }) });

const wrongField = (place: string, wanted: string, value: unknown): OnrampError =>
  invalid(place, `"${place}" must be ${wanted}, not ${shown(value)}.`);
