/** Golden requests in the dialect of MLflow's scoring server. */
import { product } from '../../../../lib/contracts/product.ts';
import type { ObjectStore } from '../../../../lib/storage/index.ts';
import { bucketOf, echo, heart, sum } from '../../../serve/models.ts';
import type { GoldenRequest } from '../oip/golden.ts';

/** A classifier in two versions, a regression, and models that were brought along. */
export const mlflowModels = (): Promise<ObjectStore> =>
  bucketOf({
    'heart/1': heart(1 / 512),
    'heart/2': heart(),
    'sum/1': sum(3),
    'matrix/1': echo({ x: ['float32', ['N', 3]] }),
    'columns/1': echo({ n: ['int64', ['N']], s: ['string', ['N']] }),
  });

const askHeart = '/invocations?model=heart';
const askSum = '/invocations?model=sum';
const columns = ['age', 'sex', 'weight', 'smoker'];
const data = [
  [61, 'F', 96, true],
  [44, 'M', 64, false],
];
const record = { age: 61, sex: 'F', weight: 96, smoker: true };
const json = { predictions: ['yes', 'no'] };
const split = { columns, data };
const csv = { headers: { 'content-type': 'text/csv' } };
const lines = 'age,sex,weight,smoker\n61,F,96,True\n44,M,64,False\n';
const ofType = (type: string) => ({ headers: { 'content-type': type } });
const first = { dataframe_split: { columns, data: data.slice(0, 1) } };
const probabilities = { no: 0.375, yes: 0.625 };

const forms: readonly GoldenRequest[] = [
  { rule: 'dataframe_split holds columns and data', path: askHeart, body: { dataframe_split: split }, json },
  {
    rule: 'the index of dataframe_split says nothing',
    path: askHeart,
    body: { dataframe_split: { ...split, index: ['a', 'b'] } },
    json,
  },
  {
    rule: 'columns may come in any order',
    path: askHeart,
    body: {
      dataframe_split: { columns: [...columns].reverse(), data: data.map((row) => [...row].reverse()) },
    },
    json,
  },
  {
    rule: 'dataframe_records holds objects',
    path: askHeart,
    body: { dataframe_records: [record] },
    json: { predictions: ['yes'] },
  },
  { rule: 'instances hold rows', path: askHeart, body: { instances: [record, data[1]] }, json },
  {
    rule: 'inputs hold columns',
    path: askHeart,
    body: { inputs: { age: [61, 44], sex: ['F', 'M'], weight: [96, 64], smoker: [true, false] } },
    json,
  },
  {
    rule: 'inputs hold a matrix of rows',
    path: askSum,
    body: { inputs: [[1, 2, 3]] },
    json: { predictions: [6] },
  },
  {
    rule: 'a regression answers numbers',
    path: askSum,
    body: {
      dataframe_split: {
        data: [
          [1, 2, 3],
          [0.5, 0, 0],
        ],
      },
    },
    json: { predictions: [6, 0.5] },
  },
  { rule: 'CSV has a header', path: askHeart, body: lines, ...csv, json },
  {
    rule: 'CSV may name its charset',
    path: askHeart,
    body: lines,
    ...ofType('text/csv; charset=utf-8'),
    json,
  },
  {
    rule: 'CSV may have CR LF, quotes and a byte order mark',
    path: askHeart,
    body: '\uFEFF"age",sex,weight,smoker\r\n"61",F,96,"True"\r\n',
    ...csv,
    json: { predictions: ['yes'] },
  },
  {
    rule: 'an empty cell is a missing value',
    path: askHeart,
    body: 'age,sex,weight,smoker\n61,F,,True\n',
    ...csv,
    json: {
      predictions: ['yes'],
      warnings: [
        {
          row: 0,
          field: 'weight',
          code: 'missing_field',
          message: 'No value: the model fills it in as in training.',
        },
      ],
    },
  },
  {
    rule: 'a version may be asked',
    path: `${askHeart}&version=1&output=probabilities`,
    body: first,
    json: { predictions: [{ no: 0.5625, yes: 0.4375 }] },
  },
  {
    rule: 'a table is the matrix of a single input',
    path: '/invocations?model=matrix',
    body: 'a,b,c\n1,2,3.5\n',
    ...csv,
    json: { predictions: [[1, 2, 3.5]] },
  },
  {
    rule: 'a table has a column for each of several inputs, integers with all their digits',
    path: '/invocations?model=columns',
    body: 's,n\na,9223372036854775807\n',
    ...csv,
    text: '{"predictions":[{"out:n":9223372036854775807,"out:s":"a"}]}',
  },
  {
    rule: 'whole tensors are answered whole',
    path: '/invocations?model=columns',
    body: { inputs: { n: [1], s: ['a'] } },
    json: { predictions: { 'out:n': [1], 'out:s': ['a'] } },
  },
];

const parameters: readonly GoldenRequest[] = [
  {
    rule: 'output is the label by default',
    path: askHeart,
    body: { ...first, params: { output: 'label' } },
    json: { predictions: ['yes'] },
  },
  {
    rule: 'output may be probabilities',
    path: askHeart,
    body: { ...first, params: { output: 'probabilities' } },
    json: { predictions: [probabilities] },
  },
  {
    rule: 'output may be all',
    path: askHeart,
    body: { ...first, params: { output: 'all' } },
    json: { predictions: [{ label: 'yes', probabilities }] },
  },
  {
    rule: 'params may be null',
    path: askHeart,
    body: { ...first, params: null },
    json: { predictions: ['yes'] },
  },
  {
    rule: 'non_finite says how NaN is written',
    path: '/invocations?model=matrix',
    body: '{"inputs":[[NaN,1,2]],"params":{"non_finite":"null"}}',
    json: { predictions: [[null, 1, 2]] },
  },
];

const server: readonly GoldenRequest[] = [
  { rule: '/ping answers 200 with nothing, and without a key', path: '/ping', text: '', withoutKey: true },
  {
    rule: '/health answers 200 with nothing, and without a key',
    path: '/health',
    text: '',
    withoutKey: true,
  },
  {
    rule: '/version answers plain text without a key',
    path: '/version',
    text: product.version,
    withoutKey: true,
    answerHeaders: { 'content-type': 'text/plain; charset=utf-8' },
  },
  {
    rule: 'JSON may name its charset',
    path: askHeart,
    body: first,
    ...ofType('application/json; charset=utf-8'),
    json: { predictions: ['yes'] },
  },
];

const refused = (
  rule: string,
  body: unknown,
  error: RegExp,
  rest: Partial<GoldenRequest> = {},
): GoldenRequest => ({
  rule,
  path: askHeart,
  body,
  error,
  status: 400,
  ...rest,
});
const unsupported = (rule: string, type: string): GoldenRequest => ({
  rule,
  path: askHeart,
  body: lines,
  ...ofType(type),
  status: 415,
  text: expect415[type]!,
  answerHeaders: { 'content-type': 'text/plain; charset=utf-8' },
});
const expect415: Readonly<Record<string, string>> = {
  'application/json; charset=latin-1': 'The charset must be utf-8, not latin-1.',
  'text/csv; charset=latin-1': 'The charset must be utf-8, not latin-1.',
  'application/json; format=pandas-split':
    'The content type has the unknown parameter "format"; send only "charset=utf-8".',
  'text/plain': 'This server takes the content types text/csv and application/json, not "text/plain".',
};

const refusals: readonly GoldenRequest[] = [
  refused('a bare list', data, /exactly one of the fields "dataframe_split".* it is a list/),
  refused('no form', split, /it has "columns", "data"/),
  refused('two forms', { ...first, instances: data }, /it has "dataframe_split", "instances"/),
  refused('no JSON', '{', /not valid JSON/),
  refused('a question to a language model', { messages: [] }, /language model/),
  refused(
    'ragged data',
    { dataframe_split: { columns, data: [[1]] } },
    /data\[0\]" has 1 values where there are 4/,
  ),
  refused('a column left out', { dataframe_records: [{ age: 1 }] }, /has no field "sex"/),
  refused(
    'a text in a numeric column of CSV',
    'age,sex,weight,smoker\nold,F,1,True\n',
    /"line 2, age" must be a number/,
    csv,
  ),
  refused(
    'CSV with a line that is too long',
    'age,sex\n1,F,2\n',
    /line 2: 3 values where the header names 2/,
    csv,
  ),
  refused('an unknown parameter', { ...first, params: { ouput: 'all' } }, /"params\.ouput"/),
  refused(
    'an unknown output',
    { ...first, params: { output: 'logits' } },
    /"label", "probabilities" or "all"/,
  ),
  refused(
    'a value unlike the training, if asked to be strict',
    { ...first, dataframe_split: { columns, data: [[61, 'X', 96, true]] }, params: { strict: true } },
    /strict/,
  ),
  refused('no model named where there are several', first, /columns, heart, matrix, sum/, {
    path: '/invocations',
  }),
  refused('a model that is not there', first, /no model "none"/, {
    path: '/invocations?model=none',
    status: 404,
  }),
  refused('no key', first, /API key/, { withoutKey: true, status: 401 }),
  unsupported('another charset', 'application/json; charset=latin-1'),
  unsupported('another charset of CSV', 'text/csv; charset=latin-1'),
  unsupported('another parameter of the content type', 'application/json; format=pandas-split'),
  unsupported('another content type', 'text/plain'),
];

/** Requests by what they are about. */
export const mlflowRequests: readonly (readonly [string, readonly GoldenRequest[]])[] = [
  ['forms', forms],
  ['parameters', parameters],
  ['the server', server],
  ['refusals', refusals],
];
