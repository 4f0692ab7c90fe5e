/** Golden requests: inference in JSON. */
import { type GoldenRequest, tensor } from './golden.ts';

const echo = (type: string) => `/v2/models/echo-${type}/infer`;
const x = (datatype: string, data: readonly unknown[]) => tensor('x', datatype, [data.length], data);
const answer = (model: string, ...outputs: readonly object[]) => ({
  model_name: model,
  model_version: '1',
  outputs,
});
const grid = tensor('grid', 'FP32', [1, 2, 3], [1, 2, 3, 4, 5, 6]);
const flag = tensor('flag', 'BOOL', [], [true]);

/** Values of a datatype in JSON that must come back letter by letter. */
const echoes: readonly (readonly [type: string, datatype: string, data: string])[] = [
  ['bool', 'BOOL', '[true,false]'],
  ['int8', 'INT8', '[-128,127]'],
  ['uint8', 'UINT8', '[0,255]'],
  ['int16', 'INT16', '[-32768,32767]'],
  ['uint16', 'UINT16', '[0,65535]'],
  ['int32', 'INT32', '[-2147483648,2147483647]'],
  ['uint32', 'UINT32', '[0,4294967295]'],
  ['int64', 'INT64', '[-9223372036854775808,9223372036854775807,9007199254740993]'],
  ['uint64', 'UINT64', '[0,18446744073709551615,9007199254740993]'],
  ['float32', 'FP32', '[0.1,3.4028235e+38,1.1754944e-38,0.33333334,-0.0]'],
  ['float64', 'FP64', '[0.1,1.7976931348623157e+308,5e-324,0.3333333333333333]'],
  ['string', 'BYTES', '["","a","Grüße ✓ \\" \\\\"]'],
];

const datatypes = echoes.map(([type, datatype, data]): GoldenRequest => {
  const shape = [(JSON.parse(data) as unknown[]).length];
  return {
    rule: `${datatype} is kept without loss`,
    path: echo(type),
    body: `{"inputs":[{"name":"x","datatype":"${datatype}","shape":[${shape}],"data":${data}}]}`,
    text: `{"model_name":"echo-${type}","model_version":"1","outputs":[{"name":"out:x","datatype":"${datatype}","shape":[${shape}],"data":${data}}]}`,
  };
});

const refusals: readonly GoldenRequest[] = [
  { rule: 'a body that is no JSON', path: echo('int32'), body: '{"inputs":', error: /not valid JSON/ },
  { rule: 'no body', path: echo('int32'), body: '', error: /not valid JSON/ },
  { rule: 'a body that is no object', path: echo('int32'), body: [], error: /JSON object/ },
  { rule: 'no inputs', path: echo('int32'), body: {}, error: /"inputs"/ },
  { rule: 'an empty list of inputs', path: echo('int32'), body: { inputs: [] }, error: /"inputs"/ },
  { rule: 'an input that is no object', path: echo('int32'), body: { inputs: [5] }, error: /"inputs\[0\]"/ },
  {
    rule: 'an id that is no text',
    path: echo('int32'),
    body: { id: 5, inputs: [x('INT32', [1])] },
    error: /"id"/,
  },
  {
    rule: 'parameters that are no object',
    path: echo('int32'),
    body: { parameters: [], inputs: [x('INT32', [1])] },
    error: /"parameters"/,
  },
  {
    rule: 'an input without a name',
    path: echo('int32'),
    body: { inputs: [{ datatype: 'INT32', shape: [1], data: [1] }] },
    error: /"inputs\[0\]\.name"/,
  },
  {
    rule: 'an unknown datatype, naming the known ones',
    path: echo('int32'),
    body: { inputs: [x('INT', [1])] },
    error: /"inputs\[0\]\.datatype" must be one of BOOL, .*"INT"/,
  },
  {
    rule: 'another datatype than that of the model',
    path: echo('int32'),
    body: { inputs: [x('INT64', [1])] },
    error: /"inputs\[0\]\.datatype" is INT64; input "x" takes INT32/,
  },
  {
    rule: 'a variable size in a request',
    path: echo('int32'),
    body: { inputs: [tensor('x', 'INT32', [-1], [1])] },
    error: /"inputs\[0\]\.shape\[0\]".*not -1/,
  },
  {
    rule: 'a shape that is none',
    path: echo('int32'),
    body: { inputs: [tensor('x', 'INT32', [1.5], [1])] },
    error: /"inputs\[0\]\.shape\[0\]"/,
  },
  {
    rule: 'a shape unlike that of the model',
    path: '/v2/models/grid/infer',
    body: { inputs: [tensor('grid', 'FP32', [1, 3, 2], [1, 2, 3, 4, 5, 6]), flag] },
    error: /"inputs\[0\]\.shape" is \[1, 3, 2\]; input "grid" takes \[-1, 2, 3\]/,
  },
  {
    rule: 'fewer values than the shape says',
    path: echo('int32'),
    body: { inputs: [tensor('x', 'INT32', [3], [1, 2])] },
    error: /"inputs\[0\]\.data" has 2 values where the shape \[3\] takes 3/,
  },
  {
    rule: 'a ragged row, by its place',
    path: '/v2/models/grid/infer',
    body: {
      inputs: [
        tensor(
          'grid',
          'FP32',
          [1, 2, 3],
          [
            [
              [1, 2, 3],
              [4, 5],
            ],
          ],
        ),
        flag,
      ],
    },
    error: /"inputs\[0\]\.data\[0\]\[1\]" has 2 values/,
  },
  {
    rule: 'a value of a wrong type, by its place',
    path: echo('int32'),
    body: { inputs: [x('INT32', [1, 'two'])] },
    error: /"inputs\[0\]\.data\[1\]" must be an integer \(INT32\), not the text "two"/,
  },
  {
    rule: 'an integer out of range, by its place',
    path: echo('int8'),
    body: { inputs: [x('INT8', [1, 128])] },
    error: /"inputs\[0\]\.data\[1\]".*-128 to 127, not 128/,
  },
  {
    rule: 'an integer beyond 64 bits',
    path: echo('uint64'),
    body: '{"inputs":[{"name":"x","datatype":"UINT64","shape":[1],"data":[18446744073709551616]}]}',
    error: /not 18446744073709551616/,
  },
  {
    rule: 'a BOOL that is a number',
    path: echo('bool'),
    body: { inputs: [x('BOOL', [1])] },
    error: /"inputs\[0\]\.data\[0\]" must be true or false/,
  },
  {
    rule: 'null where no value may be missing',
    path: echo('float32'),
    body: { inputs: [x('FP32', [null])] },
    error: /"inputs\[0\]\.data\[0\]".*not null/,
  },
  {
    rule: 'FP16 in JSON',
    path: echo('float16'),
    body: { inputs: [x('FP16', [1])] },
    error: /use the binary data format/,
  },
  {
    rule: 'an unknown input, naming the known ones',
    path: echo('int32'),
    body: { inputs: [tensor('y', 'INT32', [1], [1])] },
    error: /"inputs\[0\]\.name" is "y"; the model takes "x"/,
  },
  {
    rule: 'a missing input, naming the known ones',
    path: '/v2/models/grid/infer',
    body: { inputs: [grid] },
    error: /lacks "flag"; the model takes "grid", "flag"/,
  },
  {
    rule: 'an input that is there twice',
    path: echo('int32'),
    body: { inputs: [x('INT32', [1]), x('INT32', [2])] },
    error: /"inputs\[1\]\.name" is "x" as is "inputs\[0\]\.name"/,
  },
  {
    rule: 'an unknown output, naming the known ones',
    path: echo('int32'),
    body: { inputs: [x('INT32', [1])], outputs: [{ name: 'z' }] },
    error: /"outputs\[0\]\.name" is "z"; the model gives "out:x"/,
  },
  {
    rule: 'an output that is there twice',
    path: echo('int32'),
    body: { inputs: [x('INT32', [1])], outputs: [{ name: 'out:x' }, { name: 'out:x' }] },
    error: /"outputs\[1\]\.name"/,
  },
  {
    rule: 'the classification extension, which is not advertised',
    path: echo('int32'),
    body: { inputs: [x('INT32', [1])], outputs: [{ name: 'out:x', parameters: { classification: 2 } }] },
    error: /"outputs\[0\]\.parameters\.classification"/,
  },
  {
    rule: 'shared memory, which is not advertised',
    path: echo('int32'),
    body: {
      inputs: [{ name: 'x', datatype: 'INT32', shape: [1], parameters: { shared_memory_region: 'r' } }],
    },
    error: /"inputs\[0\]" must have its values either in "data"/,
  },
  {
    rule: 'a text with the character U+0000, which the runtime would cut off there',
    path: echo('string'),
    body: { inputs: [x('BYTES', ['a', 'b\u0000c'])] },
    error: /input "x": text 1 holds the character U\+0000/,
  },
  {
    rule: 'an answer that is no number, by its output',
    path: '/v2/models/logarithm/infer',
    body: { inputs: [tensor('x', 'FP32', [2], [1, -1])] },
    error: /NaN .*output "y"\[1\].*non_finite/,
    answerHeaders: { 'x-error-code': 'non_finite_output' },
  },
  {
    rule: 'an unknown policy for such answers',
    path: '/v2/models/logarithm/infer?non_finite=zero',
    body: { inputs: [tensor('x', 'FP32', [1], [1])] },
    error: /"non_finite"/,
  },
].map((request) => ({ ...request, status: 400, rule: `bad call: ${request.rule} is 400` }));

export const inferRequests: readonly GoldenRequest[] = [
  ...datatypes,
  {
    rule: 'the id is given back, even an empty one, and unknown parameters mean nothing',
    path: echo('int32'),
    body: { id: '', parameters: { content_type: 'np', priority: 3 }, inputs: [x('INT32', [7])] },
    json: { ...answer('echo-int32', tensor('out:x', 'INT32', [1], [7])), id: '' },
  },
  {
    rule: 'fields that the protocol does not know mean nothing',
    path: echo('int32'),
    body: { model_name: 'other', inputs: [{ ...x('INT32', [7]), parameters: { content_type: 'np' } }] },
    json: answer('echo-int32', tensor('out:x', 'INT32', [1], [7])),
  },
  {
    rule: 'nested data, flat data and a scalar',
    path: '/v2/models/grid/infer',
    body: {
      inputs: [
        tensor(
          'grid',
          'FP32',
          [2, 2, 3],
          [
            [
              [1, 2, 3],
              [4, 5, 6],
            ],
            [
              [7, 8, 9],
              [10, 11, 12.5],
            ],
          ],
        ),
        flag,
      ],
    },
    json: answer(
      'grid',
      tensor('out:grid', 'FP32', [2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.5]),
      tensor('out:flag', 'BOOL', [], [true]),
    ),
  },
  {
    rule: 'a tensor without elements',
    path: echo('float32'),
    body: { inputs: [x('FP32', [])] },
    json: answer('echo-float32', tensor('out:x', 'FP32', [0], [])),
  },
  {
    rule: 'outputs are given in the order in which they are asked for, and no others',
    path: '/v2/models/heart/infer',
    body: {
      inputs: [
        tensor('numeric', 'FP32', [1, 2], [[61, 64]]),
        tensor('text', 'BYTES', [1, 2], [['F', 'False']]),
      ],
      outputs: [{ name: 'probabilities' }, { name: 'label' }],
    },
    json: {
      model_name: 'heart',
      model_version: '2',
      outputs: [tensor('probabilities', 'FP32', [1, 2], [0.75, 0.25]), tensor('label', 'BYTES', [1], ['no'])],
    },
  },
  {
    rule: 'an empty list of outputs asks for all',
    path: '/v2/models/sum/infer',
    body: { inputs: ['a', 'b', 'c'].map((name) => tensor(name, 'FP32', [1], [0.5])), outputs: [] },
    json: answer('sum', tensor('value', 'FP32', [1], [1.5])),
  },
  {
    rule: 'a version answers at its own path, and says which one it is',
    path: '/v2/models/heart/versions/1/infer',
    body: {
      inputs: [
        tensor('numeric', 'FP32', [1, 2], [[61, 64]]),
        tensor('text', 'BYTES', [1, 2], [['F', 'False']]),
      ],
      outputs: [{ name: 'probabilities' }],
    },
    json: { ...answer('heart', tensor('probabilities', 'FP32', [1, 2], [0.5, 0.5])) },
  },
  {
    rule: 'names of tensors can be any text',
    path: '/v2/models/odd/infer',
    body: {
      inputs: [
        tensor('__proto__', 'INT32', [1], [3]),
        tensor('constructor', 'INT32', [1], [2]),
        tensor('a/b:0 "ü"', 'INT32', [1], [1]),
      ],
    },
    json: answer(
      'odd',
      tensor('out:a/b:0 "ü"', 'INT32', [1], [1]),
      tensor('out:constructor', 'INT32', [1], [2]),
      tensor('out:__proto__', 'INT32', [1], [3]),
    ),
  },
  {
    rule: 'answers that are no numbers are null if that is asked for in the parameters',
    path: '/v2/models/logarithm/infer',
    body: { parameters: { non_finite: 'null' }, inputs: [tensor('x', 'FP32', [3], [1, -1, 0])] },
    json: answer('logarithm', tensor('y', 'FP32', [3], [0, null, null])),
  },
  {
    rule: 'answers that are no numbers are texts if that is asked for in the query',
    path: '/v2/models/logarithm/infer?non_finite=string',
    body: { inputs: [tensor('x', 'FP32', [3], [1, -1, 0])] },
    json: answer('logarithm', tensor('y', 'FP32', [3], [0, 'NaN', '-Infinity'])),
  },
  {
    rule: 'JSON is taken from clients that declare all they send as bytes',
    path: echo('int32'),
    headers: { 'content-type': 'application/octet-stream' },
    body: JSON.stringify({ inputs: [x('INT32', [7])] }),
    json: answer('echo-int32', tensor('out:x', 'INT32', [1], [7])),
  },
  {
    rule: 'bad call: a body declared as something else is 415',
    path: echo('int32'),
    headers: { 'content-type': 'text/csv' },
    body: 'x\n1\n',
    status: 415,
    error: /text\/csv/,
  },
  {
    rule: 'bad call: an unknown model is 404',
    path: '/v2/models/nobody/infer',
    body: { inputs: [x('INT32', [7])] },
    status: 404,
    error: /nobody/,
  },
  {
    rule: 'bad call: an unknown version is 404',
    path: '/v2/models/heart/versions/9/infer',
    body: { inputs: [x('INT32', [7])] },
    status: 404,
    error: /no version 9/,
  },
  {
    rule: 'bad call: a model without a version is 503',
    path: '/v2/models/young/infer',
    body: { inputs: [x('INT32', [7])] },
    status: 503,
    error: /no live version/,
    answerHeaders: { 'retry-after': '5' },
  },
  {
    rule: 'bad call: more rows than one request takes are 413',
    path: '/v2/models/sum/infer',
    body: {
      inputs: ['a', 'b', 'c'].map((name) => tensor(name, 'FP32', [10_001], new Array(10_001).fill(1))),
    },
    status: 413,
    error: /10001 rows/,
  },
  ...refusals,
];
