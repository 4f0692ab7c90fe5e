/** Golden requests: tensors in binary form, on the way in and on the way out. */
import { binaryTensor, bytesOf, type GoldenRequest, raw, tensor, textBytes, withBinary } from './golden.ts';

const echo = (type: string) => `/v2/models/echo-${type}/infer`;
const all = { parameters: { binary_data_output: true } };
const answer = (model: string, ...outputs: readonly object[]) => ({
  model_name: model,
  model_version: '1',
  outputs,
});
const texts = textBytes('', 'Grüße ✓', 'abc');

/** Bits of each datatype that must come back as they are, those that JSON has no numbers for among them. */
const bits: readonly (readonly [type: string, datatype: string, count: number, bytes: Uint8Array])[] = [
  ['bool', 'BOOL', 2, Uint8Array.of(1, 0)],
  ['int8', 'INT8', 2, bytesOf(Int8Array.of(-128, 127))],
  ['uint8', 'UINT8', 1, Uint8Array.of(255)],
  ['int16', 'INT16', 2, bytesOf(Int16Array.of(-32_768, 32_767))],
  ['uint16', 'UINT16', 1, bytesOf(Uint16Array.of(65_535))],
  ['int32', 'INT32', 2, bytesOf(Int32Array.of(-(2 ** 31), 2 ** 31 - 1))],
  ['uint32', 'UINT32', 1, bytesOf(Uint32Array.of(2 ** 32 - 1))],
  ['int64', 'INT64', 2, bytesOf(BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n))],
  ['uint64', 'UINT64', 1, bytesOf(BigUint64Array.of(2n ** 64n - 1n))],
  ['float16', 'FP16', 4, bytesOf(Uint16Array.of(0x3c00, 0x8000, 0x7c00, 0x7e01))],
  ['float32', 'FP32', 3, bytesOf(Float32Array.of(0.1, Number.NaN, Number.NEGATIVE_INFINITY))],
  ['float64', 'FP64', 2, bytesOf(Float64Array.of(0.1, Number.NaN))],
  ['string', 'BYTES', 3, texts],
];

const datatypes = bits.map(
  ([type, datatype, count, bytes]): GoldenRequest => ({
    rule: `${datatype} is kept bit by bit`,
    path: echo(type),
    ...withBinary({ ...all, inputs: [binaryTensor('x', datatype, [count], bytes)] }, bytes),
    json: answer(`echo-${type}`, binaryTensor('out:x', datatype, [count], bytes)),
    binary: bytes,
  }),
);

const floats = bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6));
const flag = Uint8Array.of(1);
const one = binaryTensor('x', 'INT32', [1], new Uint8Array(4));

const refusals: readonly GoldenRequest[] = [
  {
    rule: 'fewer bytes than an input says',
    path: echo('int32'),
    ...withBinary({ inputs: [one] }, Uint8Array.of(1, 0, 0)),
    error: /"inputs\[0\]\.parameters\.binary_data_size" is 4, but only 3 bytes are left/,
  },
  {
    rule: 'bytes that no input asks for',
    path: echo('int32'),
    ...withBinary({ inputs: [one] }, new Uint8Array(6)),
    error: /2 bytes are left over/,
  },
  {
    rule: 'a size unlike that of the shape',
    path: echo('int32'),
    ...withBinary({ inputs: [binaryTensor('x', 'INT32', [2], new Uint8Array(4))] }, new Uint8Array(4)),
    error: /"inputs\[0\]" has 4 bytes; the shape \[2\] of INT32 takes 8/,
  },
  {
    rule: 'a size that is none',
    path: echo('int32'),
    body: { inputs: [{ name: 'x', datatype: 'INT32', shape: [1], parameters: { binary_data_size: -4 } }] },
    error: /"inputs\[0\]\.parameters\.binary_data_size"/,
  },
  {
    rule: 'values both in the JSON and after it',
    path: echo('int32'),
    ...withBinary({ inputs: [{ ...one, data: [1] }] }, new Uint8Array(4)),
    error: /"inputs\[0\]" must have its values either/,
  },
  {
    rule: 'a text that ends too early',
    path: echo('string'),
    ...withBinary({ inputs: [binaryTensor('x', 'BYTES', [2], texts.subarray(0, 6))] }, texts.subarray(0, 6)),
    error: /ends within text 1 of 2/,
  },
  {
    rule: 'bytes after the last text',
    path: echo('string'),
    ...withBinary({ inputs: [binaryTensor('x', 'BYTES', [1], texts)] }, texts),
    error: /bytes after its 1 texts/,
  },
  {
    rule: 'a text that is no UTF-8',
    path: echo('string'),
    ...withBinary(
      { inputs: [binaryTensor('x', 'BYTES', [1], textBytes(Uint8Array.of(0xff)))] },
      textBytes(Uint8Array.of(0xff)),
    ),
    error: /"inputs\[0\]\[0\]" must be a text in UTF-8/,
  },
  {
    rule: 'a BOOL that is neither 0 nor 1',
    path: echo('bool'),
    ...withBinary({ inputs: [binaryTensor('x', 'BOOL', [2], Uint8Array.of(1, 2))] }, Uint8Array.of(1, 2)),
    error: /"inputs\[0\]\[1\]" must be 0 or 1/,
  },
  ...['-1', 'x', '9999', '1e2', ''].map((length) => ({
    rule: `a JSON part of ${JSON.stringify(length)} bytes`,
    path: echo('int32'),
    body: Buffer.from('{}'),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': length },
    error: /Inference-Header-Content-Length/,
  })),
  {
    rule: 'a JSON part that is no JSON',
    path: echo('int32'),
    body: Buffer.from('{"inputs"'),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': '5' },
    error: /not valid JSON/,
  },
  {
    rule: 'a flag that is none',
    path: echo('int32'),
    body: {
      inputs: [tensor('x', 'INT32', [1], [1])],
      outputs: [{ name: 'out:x', parameters: { binary_data: 1 } }],
    },
    error: /"outputs\[0\]\.parameters\.binary_data" must be true or false/,
  },
  {
    rule: 'a raw request to a model of several inputs',
    path: '/v2/models/grid/infer',
    ...raw(floats),
    error: /2 inputs; a raw request can fill only one/,
  },
  {
    rule: 'a raw request of a broken number of entries',
    path: echo('float32'),
    ...raw(Uint8Array.of(1, 2, 3)),
    error: /3 bytes, which is not a multiple of the 4/,
  },
].map((request) => ({ ...request, status: 400, rule: `bad call: ${request.rule} is 400` }));

export const binaryRequests: readonly GoldenRequest[] = [
  ...datatypes,
  {
    rule: 'inputs in JSON and after it go together, and tensors need not begin at an aligned byte',
    path: '/v2/models/grid/infer',
    ...withBinary(
      { inputs: [binaryTensor('flag', 'BOOL', [], flag), binaryTensor('grid', 'FP32', [1, 2, 3], floats)] },
      flag,
      floats,
    ),
    json: answer(
      'grid',
      tensor('out:grid', 'FP32', [1, 2, 3], [1, 2, 3, 4, 5, 6]),
      tensor('out:flag', 'BOOL', [], [true]),
    ),
  },
  {
    rule: 'an output says for itself whether it is binary, against what is said of all',
    path: '/v2/models/grid/infer',
    ...withBinary(
      {
        ...all,
        inputs: [tensor('flag', 'BOOL', [], [true]), binaryTensor('grid', 'FP32', [1, 2, 3], floats)],
        outputs: [{ name: 'out:flag', parameters: { binary_data: false } }, { name: 'out:grid' }],
      },
      floats,
    ),
    json: answer(
      'grid',
      tensor('out:flag', 'BOOL', [], [true]),
      binaryTensor('out:grid', 'FP32', [1, 2, 3], floats),
    ),
    binary: floats,
  },
  {
    rule: 'a request in JSON may ask for one output in binary form',
    path: echo('int64'),
    body: {
      inputs: [tensor('x', 'INT64', [1], [5])],
      outputs: [{ name: 'out:x', parameters: { binary_data: true } }],
    },
    json: answer('echo-int64', binaryTensor('out:x', 'INT64', [1], new Uint8Array(8))),
    binary: bytesOf(BigInt64Array.of(5n)),
  },
  {
    rule: 'half floats are answered in JSON as exact numbers',
    path: echo('float16'),
    ...withBinary(
      { inputs: [binaryTensor('x', 'FP16', [2], new Uint8Array(4))] },
      bytesOf(Uint16Array.of(0x2e66, 0xfbff)),
    ),
    json: answer('echo-float16', tensor('out:x', 'FP16', [2], [0.0999755859375, -65_504])),
  },
  {
    rule: 'bytes without a content type are taken, as a client of Triton sends them',
    path: echo('float32'),
    body: withBinary({ ...all, inputs: [binaryTensor('x', 'FP32', [6], floats)] }, floats).body,
    headers: {
      'content-type': '',
      'inference-header-content-length':
        withBinary({ ...all, inputs: [binaryTensor('x', 'FP32', [6], floats)] }).headers[
          'inference-header-content-length'
        ] ?? '',
    },
    json: answer('echo-float32', binaryTensor('out:x', 'FP32', [6], floats)),
    binary: floats,
  },
  {
    rule: 'a raw request is the bytes of the one input, and its answer is binary',
    path: echo('float32'),
    ...raw(floats),
    json: answer('echo-float32', binaryTensor('out:x', 'FP32', [6], floats)),
    binary: floats,
  },
  {
    rule: 'a raw request to a model of texts is one text, without its length',
    path: echo('string'),
    ...raw(Buffer.from('Grüße')),
    json: answer('echo-string', binaryTensor('out:x', 'BYTES', [1], textBytes('Grüße'))),
    binary: textBytes('Grüße'),
  },
  {
    rule: 'a raw request to a trained model of numbers is its packed rows',
    path: '/v2/models/sum/infer',
    ...raw(floats),
    json: answer('sum', binaryTensor('value', 'FP32', [2], new Uint8Array(8))),
    binary: bytesOf(Float32Array.of(6, 15)),
  },
  {
    rule: 'a length that covers a whole body of JSON is as good as none',
    path: echo('int32'),
    body: '{"inputs":[{"name":"x","datatype":"INT32","shape":[1],"data":[1]}]}',
    headers: { 'inference-header-content-length': '67' },
    json: answer('echo-int32', tensor('out:x', 'INT32', [1], [1])),
  },
  {
    rule: 'bad call: bytes declared as JSON are 415, as a gateway would break them',
    path: echo('int32'),
    body: '{"inputs":[{"name":"x","datatype":"INT32","shape":[1],"parameters":{"binary_data_size":4}}]}abcd',
    headers: { 'content-type': 'application/json', 'inference-header-content-length': '92' },
    status: 415,
    error: /application\/octet-stream/,
  },
  ...refusals,
];
