/** Inference in the Open Inference Protocol: from the bytes of a request to those of the answer. */
import type { PredictionWarning } from '../../contracts/http.ts';
import type { TensorData } from '../../onnx/types.ts';
import { type PackedDecoder, packedDecoderOf } from '../decode-packed.ts';
import { rowsIn, servedFields } from '../served.ts';
import {
  modelAsked,
  type NonFinitePolicy,
  type ServeAnswer,
  type ServeOperation,
  type ServeOptions,
  serveOptions,
} from '../service.ts';
import type { Signature } from '../signature.ts';
import { datatypeOf, parseTensorJson, writeTensorData } from '../tensors/index.ts';
import type { LoadedModel } from '../version-cache.ts';
import { bytesOfTensor } from './binary-tensors.ts';
import { columnRows } from './column-rows.ts';
import { type InferRequest, readInferRequest } from './infer-request.ts';
import { matchOutputs, tensorFeeds } from './match-tensors.ts';
import { isPacked, packedRows } from './packed-rows.ts';
import { rawRequest } from './raw-request.ts';
import { readWire, type WireBody, writeWire } from './wire.ts';

/** `POST /v2/models/{model}[/versions/{version}]/infer`. */
export const infer: ServeOperation = async ({ cache }, request) => {
  const { path, query } = request;
  const asked = modelAsked(path.model, path.version ?? query.version);
  const model = await cache.resolve(asked.model, asked.version);
  const inference = readInference(readWire(request), model);
  const options = serveOptions({ ...query, ...optionsIn(inference.parameters) });
  const names = model.session.outputs.map(({ name }) => name);
  const wanted = matchOutputs(inference.outputs, names, inference.binaryOutputs);
  const { rows, feeds, warnings, warningsOmitted } = decode(inference, model, options);
  const outputs = await model.session.run(
    feeds,
    wanted.map(({ name }) => name),
  );
  const tensors = wanted.map((output) => ({ ...output, tensor: outputs[output.name]! }));
  const { nonFinite } = options;
  const answer = writeInference(model, { inference, tensors, warnings, warningsOmitted, nonFinite });
  return { ...answer, fields: servedFields(model.manifest, rows) };
};

function readInference(body: WireBody, model: LoadedModel): InferRequest {
  if (body.kind === 'raw') return rawRequest(model, body.bytes);
  const { text, binary } = body;
  return readInferRequest(parseTensorJson(text, text.includes('INT64')), binary);
}

/** The protocol lets a request carry parameters that mean nothing here. */
function optionsIn({ strict, non_finite }: InferRequest['parameters']): Record<string, unknown> {
  return { ...(strict !== undefined && { strict }), ...(non_finite !== undefined && { non_finite }) };
}

interface Decoded {
  readonly rows: number;
  readonly feeds: Readonly<Record<string, TensorData>>;
  readonly warnings: readonly PredictionWarning[];
  readonly warningsOmitted: number;
}

function decode({ inputs }: InferRequest, model: LoadedModel, options: ServeOptions): Decoded {
  if (model.kind === 'tensors') {
    const feeds = tensorFeeds(inputs, model.session.inputs);
    return { rows: rowsIn(feeds), feeds, warnings: [], warningsOmitted: 0 };
  }
  const { schema } = model.manifest;
  return isPacked(inputs, schema)
    ? packedDecoder(model.signature)(packedRows(inputs, schema), options)
    : model.decode(columnRows(inputs, model.signature), options);
}

/** Made for a version when it is first sent packed rows, and forgotten with it. */
const packedDecoders = new WeakMap<Signature, PackedDecoder>();

function packedDecoder(signature: Signature): PackedDecoder {
  let decoder = packedDecoders.get(signature);
  if (!decoder) {
    decoder = packedDecoderOf(signature);
    packedDecoders.set(signature, decoder);
  }
  return decoder;
}

interface Inferred {
  readonly inference: InferRequest;
  readonly tensors: readonly {
    readonly name: string;
    readonly binary: boolean;
    readonly tensor: TensorData;
  }[];
  readonly warnings: readonly PredictionWarning[];
  readonly warningsOmitted: number;
  readonly nonFinite: NonFinitePolicy;
}

function writeInference({ manifest }: LoadedModel, { inference, tensors, ...rest }: Inferred): ServeAnswer {
  const binary: Uint8Array[] = [];
  const outputs = tensors.map(({ name, binary: isBinary, tensor }) => {
    const head = `{"name":${JSON.stringify(name)},"datatype":"${datatypeOf(tensor.type)}","shape":[${tensor.dims}]`;
    if (!isBinary) return `${head},"data":${writeTensorData(tensor, rest.nonFinite, name)}}`;
    const bytes = bytesOfTensor(tensor);
    binary.push(bytes);
    return `${head},"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  const { id } = inference;
  const parts = [
    `"model_name":${JSON.stringify(manifest.model)},"model_version":${JSON.stringify(manifest.version)}`,
    ...(id === undefined ? [] : [`"id":${JSON.stringify(id)}`]),
    ...warningParameters(rest),
    `"outputs":[${outputs.join(',')}]`,
  ];
  return writeWire(`{${parts.join(',')}}`, binary.length > 0 ? binary : null);
}

/** Parameters are scalars, so that the list of warnings goes out as JSON in a text. */
function warningParameters({
  warnings,
  warningsOmitted,
}: Pick<Inferred, 'warnings' | 'warningsOmitted'>): string[] {
  if (warnings.length === 0) return [];
  const text = JSON.stringify(JSON.stringify(warnings));
  return [`"parameters":{"warnings":${text},"warnings_count":${warnings.length + warningsOmitted}}`];
}
