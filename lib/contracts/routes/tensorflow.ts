/** The routes of TensorFlow Serving's REST API; a model's status is part of its card. */
import * as z from 'zod';
import { predictionWarning } from '../http.ts';
import { jobView } from '../jobs.ts';
import { versionStatusSchema } from '../version-status-schema.ts';
import { laterHeaders, serveQuery, versionQuery } from './parameters.ts';
import { type Route, route } from './route.ts';

/** Rows under `instances`, or whole tensors under `inputs`; what they hold depends on the model. */
const request = z.union([
  z.object({ signature_name: z.string().optional(), instances: z.array(z.unknown()) }),
  z.object({ signature_name: z.string().optional(), inputs: z.unknown() }),
]);

/** As `instances` there are predictions, as `inputs` outputs; a value with no warning has no field for them. */
const warnings = { warnings: z.array(predictionWarning).optional(), warnings_omitted: z.int().optional() };
const response = z.union([
  z.object({ predictions: z.array(z.unknown()), ...warnings }),
  z.object({ outputs: z.unknown(), ...warnings }),
]);

const tensorInfo = z.object({
  dtype: z.string(),
  tensor_shape: z.object({
    dim: z.array(z.object({ size: z.string(), name: z.string() })),
    unknown_rank: z.boolean(),
  }),
  name: z.string(),
});
const signature = z.object({
  inputs: z.record(z.string(), tensorInfo),
  outputs: z.record(z.string(), tensorInfo),
  method_name: z.string(),
});
const metadata = z.object({
  model_spec: z.object({ name: z.string(), signature_name: z.string(), version: z.string() }),
  metadata: z.object({
    signature_def: z.object({ signature_def: z.object({ serving_default: signature }) }),
  }),
});

/** What may stand between the model and the verb, and how that is said. */
const choices = [
  { id: '', path: '', of: 'the live version', query: versionQuery },
  { id: '-version', path: '/versions/{version}', of: 'one version', query: {} },
  { id: '-label', path: '/labels/{label}', of: 'the version with a label: "live" or "stable"', query: {} },
] as const;

export const tensorflowRoutes: readonly Route[] = [
  ...choices.flatMap(({ id, path, of, query }) => [
    route({
      id: `tensorflow-predict${id}`,
      method: 'POST',
      path: `/v1/models/{model}${path}`,
      shownPath: `/v1/models/{model}${path}:predict`,
      query: { ...query, ...serveQuery },
      headers: laterHeaders,
      function: 'predict',
      scope: 'predict',
      summary: `Predict with ${of}, in TensorFlow Serving's row or column form.`,
      request,
      response,
      accepted: jobView,
      example: { request: { instances: [{ age: 61, sex: 'F' }] } },
    }),
    route({
      id: `tensorflow-metadata${id}`,
      method: 'GET',
      path: `/v1/models/{model}${path}/metadata`,
      query,
      function: 'predict',
      scope: 'read',
      summary: `The inputs and outputs of ${of}, as TensorFlow Serving tells them.`,
      response: metadata,
    }),
  ]),
  route({
    id: 'tensorflow-status-label',
    method: 'GET',
    path: '/v1/models/{model}/labels/{label}',
    function: 'predict',
    scope: 'read',
    summary: 'The status of the version with a label, as TensorFlow Serving tells it.',
    response: z.object({ model_version_status: z.array(versionStatusSchema) }),
  }),
];
