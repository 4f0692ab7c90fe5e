/** Golden requests in the dialect of TensorFlow Serving's REST API. */
import type { ObjectStore } from '../../../../lib/storage/index.ts';
import { bucketOf, echo, halfPlusTwo, heart, sum } from '../../../serve/models.ts';
import type { GoldenRequest } from '../oip/golden.ts';

/** The model of the documentation, one with several inputs, and trained ones. */
export const tensorflowModels = (): Promise<ObjectStore> =>
  bucketOf({
    'half_plus_two/1': halfPlusTwo(),
    'several/1': echo({
      tag: ['string', ['N']],
      signal: ['float32', ['N', 5]],
      sensor: ['int64', ['N', 2, 2]],
    }),
    'image/1': echo({ image_bytes: ['string', ['N']] }),
    'heart/1': heart(1 / 512),
    'heart/2': heart(),
    'sum/1': sum(1),
  });

const half = '/v1/models/half_plus_two:predict';
const several = '/v1/models/several:predict';
const row = { age: 61, sex: 'F', weight: 96, smoker: true };
const instances = [
  {
    tag: 'foo',
    signal: [1, 2, 3, 4, 5],
    sensor: [
      [1, 2],
      [3, 4],
    ],
  },
  {
    tag: 'bar',
    signal: [3, 4, 1, 2, 5],
    sensor: [
      [4, 5],
      [6, 8],
    ],
  },
];
const inputs = {
  tag: ['foo', 'bar'],
  signal: [
    [1, 2, 3, 4, 5],
    [3, 4, 1, 2, 5],
  ],
  sensor: [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [4, 5],
      [6, 8],
    ],
  ],
};
const answered = (values: object): object =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`out:${name}`, value]));
const isHalf = { json: { predictions: [2.5, 3, 4.5] }, body: { instances: [1, 2, 5] } };

const forms: readonly GoldenRequest[] = [
  { rule: 'instances of a single input are its values', path: half, ...isHalf },
  {
    rule: 'a whole tensor stands under inputs',
    path: half,
    body: { inputs: [1, 2, 5] },
    json: { outputs: [2.5, 3, 4.5] },
  },
  {
    rule: 'a single input may be named in instances',
    path: half,
    body: { instances: [{ x: 1 }] },
    json: { predictions: [2.5] },
  },
  {
    rule: 'a single input may be named in inputs',
    path: half,
    body: { inputs: { x: [1] } },
    json: { outputs: [2.5] },
  },
  {
    rule: 'several inputs are objects row by row',
    path: several,
    body: { instances },
    json: { predictions: instances.map(answered) },
  },
  {
    rule: 'several inputs are an object of tensors',
    path: several,
    body: { inputs },
    json: { outputs: answered(inputs) },
  },
  {
    rule: '64-bit integers keep all their digits',
    path: several,
    body: '{"inputs":{"tag":["a"],"signal":[[1,2,3,4,5]],"sensor":[[[9223372036854775807,-9223372036854775808],[9007199254740993,0]]]}}',
    text: '{"outputs":{"out:tag":["a"],"out:signal":[[1,2,3,4,5]],"out:sensor":[[[9223372036854775807,-9223372036854775808],[9007199254740993,0]]]}}',
  },
  {
    rule: 'bytes are base64, and are written so where a name ends with _bytes',
    path: '/v1/models/image:predict',
    body: { instances: [{ b64: 'aW1hZ2UgYnl0ZXM=' }, { image_bytes: 'plain' }].slice(0, 1) },
    json: { predictions: [{ b64: 'aW1hZ2UgYnl0ZXM=' }] },
  },
  {
    rule: 'NaN is read as Python writes it',
    path: `${half}?non_finite=null`,
    body: '{"instances": [NaN, 1.0]}',
    json: { predictions: [null, 2.5] },
  },
  {
    rule: 'the default signature may be named',
    path: half,
    ...isHalf,
    body: { signature_name: 'serving_default', instances: [1, 2, 5] },
  },
  {
    rule: 'the content type is not looked at',
    path: half,
    ...isHalf,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  {
    rule: 'a classifier answers label and probabilities row by row',
    path: '/v1/models/heart:predict',
    body: { instances: [row] },
    json: { predictions: [{ label: 'yes', probabilities: [0.375, 0.625] }] },
  },
  {
    rule: 'a classifier answers label and probabilities by columns',
    path: '/v1/models/heart:predict',
    body: { inputs: { age: [61], sex: [['F']], weight: [96], smoker: [true] } },
    json: { outputs: { label: ['yes'], probabilities: [[0.375, 0.625]] } },
  },
  {
    rule: 'a regression answers bare numbers',
    path: '/v1/models/sum:predict',
    body: { instances: [1.5, 2] },
    json: { predictions: [1.5, 2] },
  },
];

const addresses: readonly GoldenRequest[] = [
  { rule: 'the colon may be escaped', path: '/v1/models/half_plus_two%3Apredict', ...isHalf },
  { rule: 'a version may be asked', path: '/v1/models/half_plus_two/versions/1:predict', ...isHalf },
  {
    rule: 'a version that is not live may be asked',
    path: '/v1/models/heart/versions/1:predict',
    body: { instances: [{ ...row, smoker: false }] },
    json: { predictions: [{ label: 'no', probabilities: [0.8125, 0.1875] }] },
  },
  {
    rule: 'the label live is the live version',
    path: '/v1/models/half_plus_two/labels/live:predict',
    ...isHalf,
  },
  {
    rule: 'the label stable is the live version',
    path: '/v1/models/half_plus_two/labels/stable%3Apredict',
    ...isHalf,
  },
  {
    rule: 'the status of a label is that of its version',
    path: '/v1/models/heart/labels/live',
    json: {
      model_version_status: [
        { version: '2', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
      ],
    },
  },
  {
    rule: 'metadata tell the signature, sizes as texts',
    path: '/v1/models/half_plus_two/metadata',
    json: {
      model_spec: { name: 'half_plus_two', signature_name: '', version: '1' },
      metadata: {
        signature_def: {
          signature_def: {
            serving_default: {
              inputs: { x: tensorInfo('x', 'DT_FLOAT') },
              outputs: { y: tensorInfo('y', 'DT_FLOAT') },
              method_name: 'tensorflow/serving/predict',
            },
          },
        },
      },
    },
  },
];

function tensorInfo(name: string, dtype: string): object {
  return { dtype, tensor_shape: { dim: [{ size: '-1', name: '' }], unknown_rank: false }, name: `${name}:0` };
}

const refused = (rule: string, path: string, body: unknown, error: RegExp, status = 400): GoldenRequest => ({
  rule,
  path,
  body,
  error,
  status,
});

const refusals: readonly GoldenRequest[] = [
  refused('a model that is not there', '/v1/models/half:predict', { instances: [1] }, /no model "half"/, 404),
  refused(
    'a version that is not there',
    '/v1/models/heart/versions/9:predict',
    { instances: [] },
    /no version 9/,
    404,
  ),
  refused(
    'a label that is not there',
    '/v1/models/heart/labels/canary:predict',
    { instances: [] },
    /"canary"/,
    404,
  ),
  refused('an unknown verb', '/v1/models/heart:explode', {}, /POST \/v1\/models\/heart:predict/, 404),
  refused('no verb', '/v1/models/heart', {}, /POST \/v1\/models\/heart:predict/, 404),
  refused('classify', '/v1/models/heart:classify', { examples: [{}] }, /":classify" takes tf\.Example/),
  refused(
    'regress',
    '/v1/models/heart/versions/1:regress',
    { examples: [{}] },
    /":regress" takes tf\.Example/,
  ),
  refused(
    'another signature',
    half,
    { signature_name: 'x', instances: [1] },
    /Serving signature name: "x" not found/,
  ),
  refused('both forms', half, { instances: [1], inputs: [1] }, /exactly one of "instances"/),
  refused('neither form', half, {}, /exactly one of "instances"/),
  refused('no JSON', half, '{', /not valid JSON/),
  refused('no object', half, [1], /JSON object/),
  refused('no instance', half, { instances: [] }, /"instances" is empty/),
  refused('instances that are no list', half, { instances: 1 }, /"instances" must be an array/),
  refused(
    'instances of different sizes',
    several,
    { instances: [instances[0], { ...instances[1], signal: [1] }] },
    /"instances\[1\]\.signal" has 1 values/,
  ),
  refused('a plain list for several inputs', several, { instances: [1] }, /tag, signal, sensor/),
  refused('an input left out', several, { inputs: { tag: ['a'] } }, /"inputs" has no "signal"/),
  refused('a text for a number', half, { instances: ['a'] }, /"instances\[0\]" must be a number/),
  refused(
    'a column left out',
    '/v1/models/heart:predict',
    { instances: [{ age: 1 }] },
    /"instances\[0\]" has no field "sex"/,
  ),
  refused(
    'a value unlike the training, if asked to be strict',
    '/v1/models/heart:predict?strict=true',
    { instances: [{ ...row, sex: 'X' }] },
    /strict/,
  ),
  { rule: 'no key', path: half, body: {}, withoutKey: true, status: 401, error: /API key/ },
  {
    rule: 'metadata of a model that is not there',
    path: '/v1/models/none/metadata',
    status: 404,
    error: /no model "none"/,
  },
  {
    ...refused('a reason is in a header too', half, {}, /exactly one/),
    answerHeaders: { 'x-error-code': 'wrong_shape' },
  },
];

/** Requests by what they are about. */
export const tensorflowRequests: readonly (readonly [string, readonly GoldenRequest[]])[] = [
  ['forms', forms],
  ['addresses', addresses],
  ['refusals', refusals],
];
