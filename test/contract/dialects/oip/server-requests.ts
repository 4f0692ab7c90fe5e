/** Golden requests: the server, its models, and addresses that are none. */
import type { GoldenRequest } from './golden.ts';

const heartInputs = [
  { name: 'age', datatype: 'FP32', shape: [-1, 1] },
  { name: 'sex', datatype: 'BYTES', shape: [-1, 1] },
  { name: 'weight', datatype: 'FP32', shape: [-1, 1] },
  { name: 'smoker', datatype: 'BOOL', shape: [-1, 1] },
];
const heartMetadata = {
  name: 'heart',
  versions: ['1', '2'],
  platform: 'onnx_onnxv1',
  inputs: heartInputs,
  outputs: [
    { name: 'label', datatype: 'BYTES', shape: [-1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
  ],
  properties: {
    'packed.numeric': '["age","weight"]',
    'packed.text': '["sex","smoker"]',
    classes: '["no","yes"]',
  },
};
const models = [
  ...['echo-bool', 'echo-float16', 'echo-float32', 'echo-float64', 'echo-int16', 'echo-int32', 'echo-int64'],
  ...['echo-int8', 'echo-string', 'echo-uint16', 'echo-uint32', 'echo-uint64', 'echo-uint8', 'grid', 'heart'],
  ...['logarithm', 'odd', 'sum', 'young'],
];
const ready = (name: string, version: string) => ({ name, version, state: 'READY', reason: '' });
const readyVersions = models
  .filter((name) => name !== 'young')
  .flatMap((name) => (name === 'heart' ? [ready(name, '1'), ready(name, '2')] : [ready(name, '1')]));

export const serverRequests: readonly GoldenRequest[] = [
  {
    rule: 'GET /v2 tells name, version and the extensions that are there',
    path: '/v2',
    withoutKey: true,
    json: {
      name: 'onramp',
      version: '0.1.0',
      extensions: ['binary_tensor_data', 'parameters'],
    },
  },
  {
    rule: 'GET /v2/health/live needs no key',
    path: '/v2/health/live',
    withoutKey: true,
    json: { live: true },
  },
  {
    rule: 'GET /v2/health/ready needs no key',
    path: '/v2/health/ready',
    withoutKey: true,
    json: { ready: true },
  },
  { rule: 'GET /v2/models lists names', path: '/v2/models', json: { models } },
  {
    rule: 'POST /v2/repository/index lists every version with its state, without a body too',
    method: 'POST',
    path: '/v2/repository/index',
    json: [...readyVersions, { name: 'young', state: 'UNAVAILABLE', reason: 'no version is published yet' }],
  },
  {
    rule: 'POST /v2/repository/index lists only what is ready if that is asked for',
    path: '/v2/repository/index',
    body: { ready: true },
    json: readyVersions,
  },
  {
    rule: 'POST /v2/repository/index refuses what is no wish',
    path: '/v2/repository/index',
    body: { ready: 'yes' },
    status: 400,
    error: /"ready": true/,
  },
  { rule: 'the metadata of a trained model list its columns', path: '/v2/models/heart', json: heartMetadata },
  {
    rule: 'the metadata of one version are at its own path',
    path: '/v2/models/heart/versions/1',
    json: heartMetadata,
  },
  {
    rule: 'the metadata of a model that was brought along are those of its file, -1 for sizes that vary',
    path: '/v2/models/grid',
    json: {
      name: 'grid',
      versions: ['1'],
      platform: 'onnx_onnxv1',
      inputs: [
        { name: 'grid', datatype: 'FP32', shape: [-1, 2, 3] },
        { name: 'flag', datatype: 'BOOL', shape: [] },
      ],
      outputs: [
        { name: 'out:grid', datatype: 'FP32', shape: [-1, 2, 3] },
        { name: 'out:flag', datatype: 'BOOL', shape: [] },
      ],
    },
  },
  { rule: 'a model is ready', path: '/v2/models/heart/ready', json: { name: 'heart', ready: true } },
  {
    rule: 'a version is ready',
    path: '/v2/models/heart/versions/1/ready',
    json: { name: 'heart', ready: true },
  },
  {
    rule: 'an unknown model is 404, its error a text',
    path: '/v2/models/nobody',
    status: 404,
    error: /no model "nobody"/,
    answerHeaders: { 'x-error-code': 'model_not_found' },
  },
  {
    rule: 'an unknown version is 404',
    path: '/v2/models/heart/versions/9',
    status: 404,
    error: /no version 9/,
  },
  { rule: 'an unknown model is not ready', path: '/v2/models/nobody/ready', status: 404, error: /nobody/ },
  {
    rule: 'a model without a version is 503 and says when to ask again',
    path: '/v2/models/young/ready',
    status: 503,
    error: /no live version/,
    answerHeaders: { 'x-error-code': 'no_live_version', 'retry-after': '5' },
  },
  {
    rule: 'a version that is no number is 400',
    path: '/v2/models/heart/versions/x/ready',
    status: 400,
    error: /"x"/,
  },
  { rule: 'a name that none can have is 400', path: '/v2/models/No%20One', status: 400, error: /"No One"/ },
  {
    rule: 'an address that is none is 404 in the same shape',
    path: '/v2/unknown',
    status: 404,
    error: /\/v2\/unknown/,
    answerHeaders: { 'x-error-code': 'unknown_path' },
  },
  {
    rule: 'a wrong method is 405 in the same shape',
    path: '/v2/models/heart/infer',
    status: 405,
    error: /POST/,
  },
  {
    rule: 'no key is 401 in the same shape',
    path: '/v2/models/heart',
    withoutKey: true,
    status: 401,
    error: /API key/,
  },
];
