import { describe, expect, it } from 'vitest';
import type { ElementType } from '../../../lib/onnx/index.ts';
import {
  parseTensorJson,
  partialTensorFromNested,
  shapeOf,
  tensorFromNested,
} from '../../../lib/serve/tensors/index.ts';

const place = 'inputs[0].data';
const read = (value: unknown, type: ElementType, shape: readonly number[]) =>
  tensorFromNested(value, { type, shape, place });

describe('tensors from JSON', () => {
  it('takes values nested as the shape says, and flat in row-major order', () => {
    const nested = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8.5],
      ],
    ];

    const tensors = [nested, nested.flat(2)].map((value) => read(value, 'float32', [2, 2, 2]));

    expect(tensors[0]).toEqual({
      type: 'float32',
      dims: [2, 2, 2],
      data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8.5),
    });
    expect(tensors[1]).toEqual(tensors[0]);
  });

  it.each([
    ['bool', [true, false], Uint8Array.of(1, 0)],
    ['int8', [-128, 127], Int8Array.of(-128, 127)],
    ['uint8', [0, 255], Uint8Array.of(0, 255)],
    ['int16', [-32_768, 32_767], Int16Array.of(-32_768, 32_767)],
    ['uint16', [0, 65_535], Uint16Array.of(0, 65_535)],
    ['int32', [-2_147_483_648, 2_147_483_647], Int32Array.of(-2_147_483_648, 2_147_483_647)],
    ['uint32', [0, 4_294_967_295], Uint32Array.of(0, 4_294_967_295)],
    ['int64', [-5, 2 ** 53 - 1], BigInt64Array.of(-5n, 9_007_199_254_740_991n)],
    ['uint64', [0, 18_446_744_073_709_551_615n], BigUint64Array.of(0n, 18_446_744_073_709_551_615n)],
    ['float32', [0.1, 3], Float32Array.of(0.1, 3)],
    ['float64', [0.1, 9_007_199_254_740_993n], Float64Array.of(0.1, 9_007_199_254_740_992)],
    ['string', ['a', 'ü\u0000'], ['a', 'ü\u0000']],
  ] as const)('stores %s', (type, values, data) => {
    expect(read(values, type, [2])).toEqual({ type, dims: [2], data });
  });

  it('takes a scalar with and without an array around it, and tensors of no elements', () => {
    const scalars = [5, [5]].map((value) => read(value, 'int32', []));
    const empty = [read([], 'float32', [0, 3]), read([[], []], 'float32', [2, 0])];

    expect(scalars).toEqual(scalars.map(() => ({ type: 'int32', dims: [], data: Int32Array.of(5) })));
    expect(empty.map(({ data }) => data.length)).toEqual([0, 0]);
  });

  it('reads base64 where a dialect has it, and only there', () => {
    const value = [{ b64: Buffer.from('Grüße').toString('base64') }, 'plain'];

    const tensor = tensorFromNested(value, { type: 'string', shape: [2], place, base64: true });

    expect(tensor.data).toEqual(['Grüße', 'plain']);
    expect(() => read(value, 'string', [2])).toThrow(/inputs\[0\]\.data\[0\]/);
    for (const b64 of ['a', 'a$==', '/w==', 5]) {
      expect(() => tensorFromNested([{ b64 }], { type: 'string', shape: [1], place, base64: true })).toThrow(
        /"inputs\[0\]\.data\[0\]\.b64" must be/,
      );
    }
  });

  it('tells which values are not known', () => {
    const { tensor, missing } = partialTensorFromNested([[1.5], [null], [2]], {
      type: 'float64',
      shape: [3, 1],
      place,
    });

    expect(missing).toEqual([1]);
    expect([tensor.data[0], tensor.data[2]]).toEqual([1.5, 2]);
  });

  it('finds the shape of nested values', () => {
    expect([5, [1, 2], [[1], [2], [3]], []].map((value) => shapeOf(value, 'x'))).toEqual([
      [],
      [2],
      [3, 1],
      [0],
    ]);
  });

  it.each([
    ['too few values', [1, 2, 3], 'float32', 'inputs[0].data', /3 values .* \[2, 2\] takes 4/],
    ['a row that is too short', [[1, 2], [3]], 'float32', 'inputs[0].data[1]', /1 values .* takes 2/],
    ['a row that is none', [[1, 2], 3], 'float32', 'inputs[0].data[1]', /is no array/],
    ['a row after numbers', [1, 2, [3], 4], 'float32', 'inputs[0].data[2]', /not an array/],
    ['nothing', undefined, 'float32', 'inputs[0].data', /must be an array/],
    [
      'a text for a number',
      [1, 2, 'x', 4],
      'float64',
      'inputs[0].data[2]',
      /number \(FP64\), not the text "x"/,
    ],
    [
      'null',
      [
        [1, null],
        [3, 4],
      ],
      'float32',
      'inputs[0].data[0][1]',
      /not null/,
    ],
    ['too large for FP32', [1, 1e39, 1, 1], 'float32', 'inputs[0].data[1]', /too large/],
    ['too large for FP64', [1, Number.POSITIVE_INFINITY, 1, 1], 'float64', 'inputs[0].data[1]', /too large/],
    [
      'a fraction for an integer',
      [
        [1, 2],
        [3, 4.5],
      ],
      'int32',
      'inputs[0].data[1][1]',
      /integer \(INT32\), not 4.5/,
    ],
    ['300 for an INT8', [1, 300, 1, 1], 'int8', 'inputs[0].data[1]', /-128 to 127, not 300/],
    ['-1 for an UINT32', [1, -1, 1, 1], 'uint32', 'inputs[0].data[1]', /0 to 4294967295/],
    ['a long integer for an INT32', [1, 10n ** 20n, 1, 1], 'int32', 'inputs[0].data[1]', /not 1000/],
    [
      '2^63 for an INT64',
      [1, 2n ** 63n, 1, 1],
      'int64',
      'inputs[0].data[1]',
      /INT64 .* not 9223372036854775808/,
    ],
    ['-1 for an UINT64', [1, -1, 1, 1], 'uint64', 'inputs[0].data[1]', /UINT64/],
    ['an INT64 that has lost digits', [1, 2 ** 53, 1, 1], 'int64', 'inputs[0].data[1]', /digits alone/],
    ['1 for a BOOL', [true, 1, true, true], 'bool', 'inputs[0].data[1]', /true or false/],
    ['a number for a text', ['a', 1, 'b', 'c'], 'string', 'inputs[0].data[1]', /a text, not 1/],
    ['half floats in JSON', [1, 2, 3, 4], 'float16', 'inputs[0].data', /binary data format/],
    ['bfloat16 in JSON', [1, 2, 3, 4], 'bfloat16', 'inputs[0].data', /BF16/],
  ] as const)('bad call: %s is refused, naming the place', (_what, value, type, param, message) => {
    let refusal: unknown;
    try {
      read(value, type, [2, 2]);
    } catch (error) {
      refusal = error;
    }

    expect(refusal).toMatchObject({
      kind: 'invalid_request',
      param,
      message: expect.stringMatching(message),
    });
    expect((refusal as Error).message).toContain(`"${param}"`);
  });
});

describe('JSON with long integers', () => {
  it('keeps every digit of 64-bit integers, and leaves everything else as it is', () => {
    const text =
      '{"a":[9007199254740993,-9223372036854775808,18446744073709551615,1.2345678901234567,1e20,7],"b":"9007199254740993"}';

    const parsed = parseTensorJson(text, true);

    expect(parsed).toEqual({
      a: [
        9_007_199_254_740_993n,
        -9_223_372_036_854_775_808n,
        18_446_744_073_709_551_615n,
        1.2345678901234567,
        1e20,
        7,
      ],
      b: '9007199254740993',
    });
    expect(parseTensorJson(text, false)).toEqual(JSON.parse(text));
  });

  it.each(['{', `${'1'.repeat(20)}]`, `${'['.repeat(50_000)}1111111111111111${']'.repeat(50_000)}`])(
    'bad call: what cannot be read is refused as JSON (%#)',
    (text) => {
      expect(() => parseTensorJson(text, true)).toThrow(
        expect.objectContaining({ kind: 'invalid_request', code: 'invalid_json' }),
      );
    },
  );
});
