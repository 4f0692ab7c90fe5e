/** The routes of the Open Inference Protocol V2. */
import * as z from 'zod';
import { jobView } from '../jobs.ts';
import { laterHeaders, serveQuery, versionQuery } from './parameters.ts';
import { type Route, route } from './route.ts';

const parameters = z.record(z.string(), z.unknown());

/** Metadata of one tensor; -1 is a size that a request may choose. */
const tensor = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });

const metadata = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensor),
  outputs: z.array(tensor),
  /** Trained models: columns of the packed tensors and the classes, each a JSON list in a text. */
  properties: z.record(z.string(), z.string()).optional(),
});

const ready = z.object({ name: z.string(), ready: z.literal(true) });

const inferRequest = z.object({
  id: z.string().optional(),
  parameters: parameters.optional(),
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().min(0)),
        datatype: z.string(),
        parameters: parameters.optional(),
        /** Nested, or flat in row-major order; absent if `parameters.binary_data_size` counts bytes after the JSON. */
        data: z.array(z.unknown()).optional(),
      }),
    )
    .min(1),
  outputs: z.array(z.object({ name: z.string(), parameters: parameters.optional() })).optional(),
});

const inferResponse = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  outputs: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.int()),
      datatype: z.string(),
      parameters: parameters.optional(),
      data: z.array(z.unknown()).optional(),
    }),
  ),
});

const bodyTypes = ['application/json', 'application/octet-stream'] as const;

const inferExample = {
  request: {
    id: '7',
    inputs: [
      { name: 'age', datatype: 'FP32', shape: [2, 1], data: [61, 48] },
      { name: 'sex', datatype: 'BYTES', shape: [2, 1], data: ['F', 'M'] },
    ],
  },
  response: {
    model_name: 'heart',
    model_version: '3',
    id: '7',
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [2], data: ['no', 'yes'] },
      { name: 'probabilities', datatype: 'FP32', shape: [2, 2], data: [0.82, 0.18, 0.4, 0.6] },
    ],
  },
};

/** What can be asked of the live version, and of any other by its number. */
function modelRoutes(path: string, suffix: '' | '-version', which: string): Route[] {
  const query = suffix === '' ? versionQuery : {};
  return [
    route({
      id: `oip-metadata${suffix}`,
      method: 'GET',
      path,
      query,
      function: 'predict',
      scope: 'predict',
      summary: `Names, datatypes and shapes that ${which} takes and gives.`,
      response: metadata,
    }),
    route({
      id: `oip-ready${suffix}`,
      method: 'GET',
      path: `${path}/ready`,
      query,
      function: 'predict',
      scope: 'predict',
      summary: `Answers when ${which} is loaded.`,
      response: ready,
    }),
    route({
      id: `oip-infer${suffix}`,
      method: 'POST',
      path: `${path}/infer`,
      query: { ...serveQuery, ...query },
      headers: laterHeaders,
      function: 'predict',
      scope: 'predict',
      summary: `Ask ${which}: tensors in, tensors out, as JSON or in binary form.`,
      request: inferRequest,
      requestTypes: bodyTypes,
      response: inferResponse,
      accepted: jobView,
      responseTypes: bodyTypes,
      example: inferExample,
    }),
  ];
}

export const oipRoutes: readonly Route[] = [
  route({
    id: 'oip-server',
    method: 'GET',
    path: '/v2',
    function: 'predict',
    scope: 'none',
    summary: 'Name, version and extensions of the server.',
    response: z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
  }),
  route({
    id: 'oip-live',
    method: 'GET',
    path: '/v2/health/live',
    function: 'predict',
    scope: 'none',
    summary: 'Answers when the server is up.',
    response: z.object({ live: z.literal(true) }),
  }),
  route({
    id: 'oip-server-ready',
    method: 'GET',
    path: '/v2/health/ready',
    function: 'predict',
    scope: 'none',
    summary: 'Answers when the server takes requests.',
    response: z.object({ ready: z.literal(true) }),
  }),
  route({
    id: 'oip-models',
    method: 'GET',
    path: '/v2/models',
    function: 'predict',
    scope: 'predict',
    summary: 'Names of the models.',
    response: z.object({ models: z.array(z.string()) }),
  }),
  route({
    id: 'oip-index',
    method: 'POST',
    path: '/v2/repository/index',
    function: 'predict',
    scope: 'predict',
    summary: 'Every version of every model with its state; {"ready": true} leaves out what cannot answer.',
    request: z.object({ ready: z.boolean().optional() }),
    response: z.array(
      z.object({
        name: z.string(),
        version: z.string().optional(),
        state: z.enum(['READY', 'UNAVAILABLE']),
        reason: z.string(),
      }),
    ),
    example: { request: { ready: true } },
  }),
  ...modelRoutes('/v2/models/{model}', '', 'the live version'),
  ...modelRoutes('/v2/models/{model}/versions/{version}', '-version', 'one version'),
];
