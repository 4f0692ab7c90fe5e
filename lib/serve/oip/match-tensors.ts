/** Brings the tensors of a request together with those of the model, by name. */
import { invalidInput, type OnrampError } from '../../core/index.ts';
import type { ElementType, TensorData, ValueInfo } from '../../onnx/types.ts';
import { datatypeOf, tensorFromNested } from '../tensors/index.ts';
import { tensorFromBytes } from './binary-tensors.ts';
import type { InferInput, RequestedOutput } from './infer-request.ts';

/**
 * Refuses inputs that the model does not have, and a model's input that is not there.
 *
 * @param required names that must be among the inputs
 * @param optional names that may be
 * @throws invalid_request `unknown_input` or `missing_input`, both saying what the model takes
 */
export function matchInputs(
  inputs: readonly InferInput[],
  required: readonly string[],
  optional: readonly string[] = [],
): ReadonlyMap<string, InferInput> {
  const known = new Set([...required, ...optional]);
  const byName = new Map(inputs.map((input) => [input.name, input]));
  for (const { name, place } of inputs) {
    if (known.has(name)) continue;
    throw invalidInput(`"${place}.name" is "${name}"; the model takes ${list(required)}.`, {
      code: 'unknown_input',
      param: `${place}.name`,
    });
  }
  const missing = required.find((name) => !byName.has(name));
  if (missing === undefined) return byName;
  throw invalidInput(`"inputs" lacks "${missing}"; the model takes ${list(required)}.`, {
    code: 'missing_input',
    param: 'inputs',
  });
}

/** What a model that takes tensors is fed. */
export function tensorFeeds(
  inputs: readonly InferInput[],
  signature: readonly ValueInfo[],
): Record<string, TensorData> {
  const byName = matchInputs(
    inputs,
    signature.map(({ name }) => name),
  );
  // Without a prototype, a tensor may have any name.
  const feeds: Record<string, TensorData> = Object.create(null);
  for (const info of signature) feeds[info.name] = feedOf(byName.get(info.name)!, info);
  return feeds;
}

function feedOf(input: InferInput, { name, type, shape, unknownRank }: ValueInfo): TensorData {
  const { place } = input;
  if (input.type !== type) {
    throw invalidInput(
      `"${place}.datatype" is ${datatypeOf(input.type)}; input "${name}" takes ${datatypeOf(type)}.`,
      { code: 'wrong_datatype', param: `${place}.datatype` },
    );
  }
  // An unknown number of dimensions may be reported like none; that case is left to the runtime.
  const isUnknown = unknownRank === true || shape.length === 0;
  const fits =
    isUnknown ||
    (shape.length === input.shape.length &&
      shape.every((size, axis) => typeof size === 'string' || size === input.shape[axis]));
  if (!fits) {
    const wanted = shape.map((size) => (typeof size === 'string' ? -1 : size)).join(', ');
    throw wrongShape(input, `input "${name}" takes [${wanted}], where -1 is any size`);
  }
  return tensorOf(input, type);
}

/** The refusal of an input whose shape is not the one that it must have. */
export const wrongShape = ({ place, shape }: InferInput, wanted: string): OnrampError =>
  invalidInput(`"${place}.shape" is [${shape.join(', ')}]; ${wanted}.`, {
    code: 'wrong_shape',
    param: `${place}.shape`,
  });

/** An input as a tensor of its datatype. */
export function tensorOf({ content, shape, place }: InferInput, type: ElementType): TensorData {
  return content.kind === 'json'
    ? tensorFromNested(content.data, { type, shape, place: `${place}.data` })
    : tensorFromBytes(content.bytes, { type, shape, place });
}

/**
 * The outputs that are answered, in the order in which they were asked for, or all in the order of the model.
 *
 * @throws invalid_request `unknown_output`, saying what the model gives
 */
export function matchOutputs(
  requested: readonly RequestedOutput[] | null,
  names: readonly string[],
  binary: boolean,
): readonly Pick<RequestedOutput, 'name' | 'binary'>[] {
  if (requested === null) return names.map((name) => ({ name, binary }));
  for (const { name, place } of requested) {
    if (names.includes(name)) continue;
    throw invalidInput(`"${place}.name" is "${name}"; the model gives ${list(names)}.`, {
      code: 'unknown_output',
      param: `${place}.name`,
    });
  }
  return requested;
}

function list(names: readonly string[]): string {
  const first = names.slice(0, 30).map((name) => JSON.stringify(name));
  return names.length > 30 ? `${first.join(', ')}, ... (${names.length} in all)` : first.join(', ');
}
