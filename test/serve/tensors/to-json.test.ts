import { describe, expect, it } from 'vitest';
import type { TensorData } from '../../../lib/onnx/index.ts';
import {
  bfloat16Value,
  datatypeOf,
  elementTypeOf,
  float16Value,
  writeTensorData,
  writeTensorRows,
} from '../../../lib/serve/tensors/index.ts';

const write = (tensor: TensorData, policy: 'error' | 'null' | 'string' = 'error'): string =>
  writeTensorData(tensor, policy, 'scores');
const vector = (type: TensorData['type'], data: TensorData['data']): TensorData => ({
  type,
  dims: [data.length],
  data,
});

describe('tensors as JSON', () => {
  it.each([
    ['int8', Int8Array.of(-128, 127), '[-128,127]'],
    ['uint32', Uint32Array.of(4_294_967_295), '[4294967295]'],
    ['int64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n), '[-9223372036854775808,9223372036854775807]'],
    ['uint64', BigUint64Array.of(2n ** 64n - 1n), '[18446744073709551615]'],
    ['bool', Uint8Array.of(1, 0), '[true,false]'],
    ['string', ['a"b', '\u2028ü'], '["a\\"b","\u2028ü"]'],
    ['float32', Float32Array.of(0.1, 1 / 3, -0, 0, 3.4028235e38), '[0.1,0.33333334,-0.0,0,3.4028235e+38]'],
    ['float64', Float64Array.of(0.1, 1 / 3, 5e-324), '[0.1,0.3333333333333333,5e-324]'],
    ['float16', Uint16Array.of(0x2e66, 0xc000), '[0.0999755859375,-2]'],
    ['bfloat16', Uint16Array.of(0x4049), '[3.140625]'],
    ['float32', new Float32Array(0), '[]'],
  ] as const)('writes %s', (type, data, text) => {
    expect(write(vector(type, data))).toBe(text);
  });

  it('writes 32-bit floats that read back as the same bits', () => {
    const bits = Uint32Array.from({ length: 20_000 }, (_, index) => Math.imul(index + 1, 0x9e3779b1));
    const floats = new Float32Array(bits.buffer).filter(Number.isFinite);

    const back = Float32Array.from(JSON.parse(write(vector('float32', floats))));

    expect(new Uint32Array(back.buffer)).toEqual(new Uint32Array(floats.slice().buffer));
  });

  it('nests the entries of the first dimension by the others', () => {
    const tensor: TensorData = { type: 'int32', dims: [2, 1, 2], data: Int32Array.of(1, 2, 3, 4) };

    expect(writeTensorRows(tensor, 'error', 'scores')).toEqual(['[[1,2]]', '[[3,4]]']);
    expect(writeTensorRows({ ...tensor, dims: [], data: Int32Array.of(7) }, 'error', 'scores')).toEqual([
      '7',
    ]);
  });

  it.each(['float32', 'float64', 'float16', 'bfloat16'] as const)(
    'expected failure: %s that JSON has no number for is refused by name unless a policy says what to write',
    (type) => {
      const tensor = {
        float32: vector('float32', Float32Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY)),
        float64: vector('float64', Float64Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY)),
        float16: vector('float16', Uint16Array.of(0x3c00, 0x7e00, 0xfc00)),
        bfloat16: vector('bfloat16', Uint16Array.of(0x3f80, 0x7fc0, 0xff80)),
      }[type];

      expect(write(tensor, 'null')).toBe('[1,null,null]');
      expect(write(tensor, 'string')).toBe('[1,"NaN","-Infinity"]');
      expect(() => write(tensor)).toThrow(
        expect.objectContaining({
          kind: 'invalid_request',
          code: 'non_finite_output',
          message: expect.stringMatching(/NaN .*"scores"\[1\]/),
        }),
      );
    },
  );
});

describe('numbers of 16 bits', () => {
  it('have the value that the engine reads from the same bits, all 65,536 of them', () => {
    const view = new DataView(new ArrayBuffer(4)) as DataView & { getFloat16(offset: number): number };

    const wrong = Array.from({ length: 65_536 }, (_, bits) => bits).filter((bits) => {
      view.setUint32(0, bits * 65_536);
      return (
        !Object.is(float16Value(bits), view.getFloat16(0)) ||
        !Object.is(bfloat16Value(bits), view.getFloat32(0))
      );
    });

    expect(wrong).toEqual([]);
  });
});

it('every element type has one datatype and back; other names have none', () => {
  const types = ['bool', 'uint8', 'int64', 'float16', 'bfloat16', 'float32', 'string'] as const;

  expect(types.map(datatypeOf)).toEqual(['BOOL', 'UINT8', 'INT64', 'FP16', 'BF16', 'FP32', 'BYTES']);
  expect(types.map((type) => elementTypeOf(datatypeOf(type)))).toEqual(types);
  expect(['fp32', 'STRING', 'constructor', ''].map(elementTypeOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
