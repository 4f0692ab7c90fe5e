/** The dialect of TensorFlow Serving's REST API. */
import { versionStatus } from '../../contracts/version-status.ts';
import { invalidInput, isRecord } from '../../core/index.ts';
import { wrongShape } from '../decode-rows.ts';
import { servedFields } from '../served.ts';
import { type ServeOperation, type ServeOperations, serveOptions } from '../service.ts';
import { modelAndVerbOf, modelOf } from './address.ts';
import { columnForm, rowForm } from './forms.ts';
import { metadataOf, servingSignature } from './metadata.ts';
import { type Form, parseFor, predictForm, warningsField } from './predict-form.ts';

/** Whatever the request says of its body's type, the body is JSON: curl says it is a form. */
const predict: ServeOperation = async ({ cache }, request) => {
  const { asked, verb } = modelAndVerbOf(request);
  if (verb !== 'predict') throw noExamples(verb, asked.model);
  const options = serveOptions(request.query);
  const model = await cache.resolve(asked.model, asked.version);
  const form = formOf(parseFor(model, request.body.text()));
  const answer = await predictForm(model, form, options);
  const predictions =
    form.field === 'instances'
      ? `"predictions":[${rowForm(answer.outputs, { ...options, otherwise: 'inputs' }).join(',')}]`
      : `"outputs":${columnForm(answer.outputs, options)}`;
  const fields = servedFields(model.manifest, answer.rows);
  return { status: 200, text: `{${predictions}${warningsField(answer)}}`, fields };
};

const metadata: ServeOperation = async ({ cache }, request) => {
  const { model, version } = modelOf(request);
  return { status: 200, text: JSON.stringify(metadataOf(await cache.resolve(model, version))) };
};

/** The status of a model and of its versions is part of their cards; only a label has no card. */
const labelStatus: ServeOperation = async ({ cache }, request) => {
  const { model } = modelOf(request);
  const { manifest } = await cache.resolve(model);
  return { status: 200, text: JSON.stringify({ model_version_status: [versionStatus(manifest.version)] }) };
};

export const tensorflowOperations: ServeOperations = {
  'POST /v1/models/{model}': predict,
  'POST /v1/models/{model}/versions/{version}': predict,
  'POST /v1/models/{model}/labels/{label}': predict,
  'GET /v1/models/{model}/labels/{label}': labelStatus,
  'GET /v1/models/{model}/metadata': metadata,
  'GET /v1/models/{model}/versions/{version}/metadata': metadata,
  'GET /v1/models/{model}/labels/{label}/metadata': metadata,
};

/** Finds the rows or tensors in a body. Fields that it does not know are passed over, as there. */
function formOf(body: unknown): Form {
  if (!isRecord(body)) {
    throw wrongShape('The body must be a JSON object such as {"instances": [...]}.', null);
  }
  const { signature_name: signature = servingSignature, instances, inputs } = body;
  if (typeof signature !== 'string') {
    throw invalidInput('"signature_name" must be a text.', { code: 'wrong_type', param: 'signature_name' });
  }
  if (signature !== servingSignature && signature !== '') {
    throw invalidInput(
      `Serving signature name: "${signature}" not found in signature def; models here have only "${servingSignature}".`,
      { code: 'unknown_signature', param: 'signature_name' },
    );
  }
  if ((instances === undefined) === (inputs === undefined)) {
    throw wrongShape('The body must have exactly one of "instances" (rows) and "inputs" (columns).', null);
  }
  return inputs === undefined ? { field: 'instances', value: instances } : { field: 'inputs', value: inputs };
}

const noExamples = (verb: string, model: string): Error =>
  invalidInput(
    `":${verb}" takes tf.Example messages, which only TensorFlow's own models read; POST /v1/models/${model}:predict takes the same values.`,
    { code: 'unsupported_verb' },
  );
