/** Raw requests: nothing but the bytes of the one input of a model, whose shape follows from their number. */
import { invalidInput, type OnrampError } from '../../core/index.ts';
import type { ElementType, ValueInfo } from '../../onnx/types.ts';
import { layouts, textOfBytes } from '../tensors/index.ts';
import type { LoadedModel } from '../version-cache.ts';
import type { InferInput, InferRequest } from './infer-request.ts';
import { packedInputs } from './packed-rows.ts';

/**
 * The request that the bytes stand for; all its outputs go out in binary form.
 *
 * @throws invalid_request `raw_not_possible` for a model with several inputs or several variable sizes; `wrong_size`
 */
export function rawRequest(model: LoadedModel, bytes: Uint8Array): InferRequest {
  const inputs = model.kind === 'rows' ? packedInputs(model.manifest.schema) : model.session.inputs;
  const [info] = inputs;
  if (info === undefined || inputs.length > 1) {
    throw notPossible(`has ${inputs.length} inputs; a raw request can fill only one`);
  }
  return { parameters: {}, inputs: [rawInput(info, bytes)], outputs: null, binaryOutputs: true };
}

function rawInput({ name, type, shape }: ValueInfo, bytes: Uint8Array): InferInput {
  const variable = shape.filter((size) => typeof size === 'string').length;
  const fixed = shape.reduce<number>((count, size) => (typeof size === 'string' ? count : count * size), 1);
  if (type === 'string') {
    if (fixed !== 1) throw notPossible(`takes ${fixed} texts; a raw request is one text`);
    const data = [textOfBytes(bytes, 'body')];
    return { name, type, shape: shape.map(() => 1), place: 'body', content: { kind: 'json', data } };
  }
  if (variable > 1) throw notPossible(`has ${variable} variable sizes; a raw request can tell only one`);
  const size = variable === 0 ? 1 : sizeOf(bytes, fixed, type);
  return {
    name,
    type,
    shape: shape.map((known) => (typeof known === 'string' ? size : known)),
    place: 'body',
    content: { kind: 'binary', bytes },
  };
}

/** The one variable size. */
function sizeOf(bytes: Uint8Array, fixed: number, type: ElementType): number {
  const entryBytes = fixed * layouts[type].elementBytes;
  if (entryBytes > 0 && bytes.length % entryBytes === 0) return bytes.length / entryBytes;
  throw invalidInput(
    `The body has ${bytes.length} bytes, which is not a multiple of the ${entryBytes} of one entry.`,
    {
      code: 'wrong_size',
      param: 'body',
    },
  );
}

const notPossible = (why: string): OnrampError =>
  invalidInput(
    `The model ${why}. Send JSON before the bytes, and its length in "Inference-Header-Content-Length".`,
    { code: 'raw_not_possible', param: 'inference-header-content-length' },
  );
