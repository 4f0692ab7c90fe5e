import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { longestNumber, putDecimal, putShortest32, shortest32 } from '../../lib/core/index.ts';

const bytes = Buffer.alloc(longestNumber + 1);
const written = (value: number): string => bytes.toString('latin1', 0, putShortest32(bytes, 0, value));

it('writes every finite 32-bit float as its shortest text, within its room', () => {
  const view = new DataView(new ArrayBuffer(4));
  const anyFloat = fc.nat(0xffff_ffff).map((bits) => {
    view.setUint32(0, bits);
    return view.getFloat32(0);
  });
  const usual = fc.double({ min: -2, max: 2, noNaN: true }).map(Math.fround);
  void fc.assert(
    fc.property(fc.oneof(usual, anyFloat.filter(Number.isFinite)), (value) => {
      const text = written(value);
      expect(text).toBe(shortest32(value));
      expect(Math.fround(Number(text))).toBe(value === 0 ? 0 : value);
      expect(text.length).toBeLessThanOrEqual(longestNumber);
    }),
    { numRuns: 20_000 },
  );
});

it.each([
  [0, '0'],
  [0.5, '0.5'],
  [-0.1, '-0.1'],
  [1e-6, '0.000001'],
  [9.999999e-7, '9.999999e-7'],
  [999_999.94, '999999.94'],
  [1e6, '1000000'],
  [123_456.7, '123456.7'],
])('writes %f as %s', (value, text) => {
  expect(written(Math.fround(value))).toBe(text);
});

it.each([
  [0, 0, '0'],
  [2_147_483_647, 0, '2147483647'],
  [7, 3, '0.007'],
  [1230, 2, '12.30'],
])('writes the digits %i with %i of them behind the point as %s', (digits, scale, text) => {
  expect(bytes.toString('latin1', 0, putDecimal(bytes, 0, digits, scale))).toBe(text);
});
