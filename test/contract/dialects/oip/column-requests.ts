/** Golden requests: columns of trained models, one tensor each or packed, and what the data contract says of them. */
import { binaryTensor, bytesOf, type GoldenRequest, tensor, textBytes, withBinary } from './golden.ts';

const path = '/v2/models/heart/infer';
const age = tensor('age', 'FP32', [2], [61, 30]);
const sex = tensor('sex', 'BYTES', [2], ['F', 'M']);
const weight = tensor('weight', 'FP32', [2], [64, 96]);
const smoker = tensor('smoker', 'BOOL', [2], [false, true]);
const columns = [age, sex, weight, smoker];
const numeric = tensor('numeric', 'FP32', [2, 2], [61, 64, 30, 96]);
const text = tensor('text', 'BYTES', [2, 2], ['F', 'False', 'M', 'True']);
const numericBytes = bytesOf(Float32Array.of(61, 64, 30, 96));
const expected = {
  model_name: 'heart',
  model_version: '2',
  outputs: [
    tensor('label', 'BYTES', [2], ['no', 'yes']),
    tensor('probabilities', 'FP32', [2, 2], [0.75, 0.25, 0.375, 0.625]),
  ],
};
const replaced = (column: object & { readonly name?: string }): object[] =>
  columns.map((each) => ((each as { name: string }).name === column.name ? column : each));
const warned = (...warnings: readonly object[]) => ({
  ...expected,
  parameters: { warnings: JSON.stringify(warnings), warnings_count: warnings.length },
});
const filledIn = (row: number, field: string) => ({
  row,
  field,
  code: 'missing_field',
  message: 'No value: the model fills it in as in training.',
});
/** Without a weight, the model takes 72. */
const withMeanWeight = (warnings: ReturnType<typeof warned>) => ({
  ...warnings,
  outputs: [
    tensor('label', 'BYTES', [2], ['no', 'yes']),
    tensor('probabilities', 'FP32', [2, 2], [0.75, 0.25, 0.46875, 0.53125]),
  ],
});
const nanWeights = bytesOf(Float32Array.of(64, Number.NaN));
const outside = {
  row: 1,
  field: 'age',
  code: 'out_of_range',
  message: '90 is outside the training data (20 to 80).',
};
const packedNan = bytesOf(Float32Array.of(61, 64, 90, Number.NaN));

const refusals: readonly GoldenRequest[] = [
  {
    rule: 'an unknown column, naming those that the model takes',
    path,
    body: { inputs: [...columns, tensor('agee', 'FP32', [2], [1, 2])] },
    error: /"inputs\[4\]\.name" is "agee"; the model takes "age", "sex", "weight", "smoker"/,
  },
  {
    rule: 'a missing column',
    path,
    body: { inputs: columns.slice(1) },
    error: /lacks "age"; the model takes "age"/,
  },
  {
    rule: 'columns of different lengths',
    path,
    body: { inputs: replaced(tensor('sex', 'BYTES', [3], ['F', 'M', 'F'])) },
    error: /"inputs\[1\]\.shape" is \[3\]/,
  },
  {
    rule: 'a column of two columns',
    path,
    body: { inputs: replaced(tensor('sex', 'BYTES', [2, 2], ['F', 'M', 'F', 'M'])) },
    error: /\[N\] or \[N, 1\]/,
  },
  {
    rule: 'a text for a number, by its place',
    path,
    body: { inputs: replaced(tensor('age', 'BYTES', [2, 1], ['61', 'old'])) },
    error: /"inputs\[0\]\.data\[0\]" must be a number or null, not the text "61"/,
  },
  {
    rule: 'a number too large for the model',
    path,
    body: { inputs: replaced(tensor('age', 'FP64', [2], [61, 1e39])) },
    error: /"inputs\[0\]\.data\[1\]".*32-bit/,
  },
  {
    rule: 'infinity',
    path,
    ...withBinary(
      { inputs: replaced(binaryTensor('age', 'FP32', [2], new Uint8Array(8))) },
      bytesOf(Float32Array.of(Number.POSITIVE_INFINITY, 1)),
    ),
    error: /"inputs\[0\]\[0\]" must be a number/,
  },
  {
    rule: 'a value unlike those of the training, if the request is strict',
    path,
    body: { parameters: { strict: true }, inputs: replaced(tensor('age', 'FP32', [2], [61, 90])) },
    error: /"inputs\[0\]\.data\[1\]": 90 is outside the training data/,
    answerHeaders: { 'x-error-code': 'out_of_range' },
  },
  {
    rule: 'a packed value unlike those of the training, if the request is strict',
    path: `${path}?strict=true`,
    body: { inputs: [tensor('numeric', 'FP32', [2, 2], [61, 64, 90, 96]), text] },
    error: /"inputs\[0\]\.data\[2\]": 90 is outside the training data/,
  },
  {
    rule: 'packed numbers of another width',
    path,
    body: { inputs: [tensor('numeric', 'FP32', [2, 3], [1, 2, 3, 4, 5, 6]), text] },
    error: /"inputs\[0\]\.shape" is \[2, 3\]; "numeric" takes \[2, 2\], a column for each of age, weight/,
  },
  {
    rule: 'packed texts that are numbers',
    path,
    body: { inputs: [numeric, tensor('text', 'FP32', [2, 2], [1, 2, 3, 4])] },
    error: /"inputs\[1\]\.datatype" is FP32; "text" takes BYTES/,
  },
  {
    rule: 'packed numbers that are texts',
    path,
    body: { inputs: [tensor('numeric', 'BYTES', [2, 2], ['a', 'b', 'c', 'd']), text] },
    error: /"inputs\[0\]\.datatype" is BYTES; "numeric" takes numbers/,
  },
  {
    rule: 'no rows',
    path,
    body: { inputs: columns.map((column) => ({ ...column, shape: [0], data: [] })) },
    error: /no row/,
  },
].map((request) => ({ ...request, status: 400, rule: `bad call: ${request.rule} is 400` }));

export const columnRequests: readonly GoldenRequest[] = [
  { rule: 'one tensor a column, of the shape [N]', path, body: { inputs: columns }, json: expected },
  {
    rule: 'one tensor a column, of the shape [N, 1], nested, in any order, with columns that the model ignores',
    path,
    body: {
      inputs: [
        tensor('id', 'INT64', [2], [1, 2]),
        tensor('smoker', 'BOOL', [2, 1], [[false], [true]]),
        tensor('weight', 'FP64', [2, 1], [[64], [96]]),
        tensor('sex', 'BYTES', [2, 1], [['F'], ['M']]),
        tensor('age', 'INT32', [2, 1], [[61], [30]]),
      ],
    },
    json: expected,
  },
  {
    rule: 'every datatype of numbers, in binary form',
    path,
    ...withBinary(
      {
        inputs: [
          binaryTensor('age', 'BF16', [2], new Uint8Array(4)),
          tensor('sex', 'BYTES', [2], ['F', 'M']),
          binaryTensor('weight', 'UINT64', [2], new Uint8Array(16)),
          binaryTensor('smoker', 'BOOL', [2], new Uint8Array(2)),
        ],
      },
      bytesOf(Uint16Array.of(0x4274, 0x41f0)),
      bytesOf(BigUint64Array.of(64n, 96n)),
      Uint8Array.of(0, 1),
    ),
    json: expected,
  },
  {
    rule: 'the two tensors of the model, packed',
    path,
    body: { inputs: [numeric, text] },
    json: expected,
  },
  {
    rule: 'the two tensors of the model, packed in binary form',
    path,
    ...withBinary(
      {
        inputs: [
          binaryTensor('text', 'BYTES', [2, 2], textBytes('F', 'False', 'M', 'True')),
          binaryTensor('numeric', 'FP32', [2, 2], numericBytes),
        ],
      },
      textBytes('F', 'False', 'M', 'True'),
      numericBytes,
    ),
    json: expected,
  },
  {
    rule: 'null is a missing value, which is filled in and said',
    path,
    body: { inputs: replaced(tensor('weight', 'FP32', [2, 1], [[64], [null]])) },
    json: withMeanWeight(warned(filledIn(1, 'weight'))),
  },
  {
    rule: 'NaN in binary form is a missing value',
    path,
    ...withBinary({ inputs: replaced(binaryTensor('weight', 'FP32', [2], nanWeights)) }, nanWeights),
    json: withMeanWeight(warned(filledIn(1, 'weight'))),
  },
  {
    rule: 'warnings of packed rows are the same',
    path,
    ...withBinary({ inputs: [binaryTensor('numeric', 'FP32', [2, 2], packedNan), text] }, packedNan),
    json: withMeanWeight(warned(outside, filledIn(1, 'weight'))),
  },
  {
    rule: 'null in packed rows is a missing value too',
    path,
    body: {
      inputs: [
        tensor(
          'numeric',
          'FP64',
          [2, 2],
          [
            [61, 64],
            [90, null],
          ],
        ),
        tensor('text', 'BYTES', [2, 2], ['F', 'False', 'M', 'True']),
      ],
    },
    json: withMeanWeight(warned(outside, filledIn(1, 'weight'))),
  },
  {
    rule: 'a category that was never seen is answered and said',
    path,
    body: { inputs: replaced(tensor('sex', 'BYTES', [2], ['F', 'X'])) },
    json: warned({
      row: 1,
      field: 'sex',
      code: 'unknown_category',
      message: '"X" was not in the training data.',
    }),
  },
  ...refusals,
];
