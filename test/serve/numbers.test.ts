import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortest32 } from '../../lib/core/index.ts';
import { nonFiniteNumber, number32 } from '../../lib/serve/numbers.ts';

/** The 32-bit float with these bits. */
const floatOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

/** How many digits the shortest decimals have, found by trying all near the float, at every length. */
function fewestDigits(value: number): number {
  for (let digits = 1; digits < 9; digits += 1) {
    const [mantissa, exponent] = Math.abs(value)
      .toExponential(digits - 1)
      .split('e') as [string, string];
    const whole = Number(mantissa.replace('.', ''));
    const scale = Number(exponent) - (digits - 1);
    if ([-1, 0, 1].some((step) => Math.fround(Number(`${whole + step}e${scale}`)) === Math.abs(value))) {
      return digits;
    }
  }
  return 9;
}

const digitsOf = (text: string): number =>
  text.replace(/^-/, '').replace(/e.*$/, '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length;

function check(value: number): void {
  const text = shortest32(value);
  const shown = `${value} as ${text}`;
  expect(Math.fround(JSON.parse(text)) === value, shown).toBe(true);
  if (value !== 0) expect(digitsOf(text), shown).toBe(fewestDigits(value));
}

describe('32-bit floats as JSON', () => {
  it('gives the fewest digits that read back as the same float, for floats of every size', () => {
    const finite = fc.integer({ min: 0, max: 0xffffffff }).map(floatOf).filter(Number.isFinite);
    const usual = fc.float({ min: Math.fround(1e-7), max: Math.fround(2e7), noNaN: true });
    const settings = { numRuns: 10_000, seed: 20_261_122 };

    void fc.assert(fc.property(finite, check), settings);
    void fc.assert(fc.property(usual, check), settings);
  });

  it('does so around every power of two and of ten, where the floats lie closer on one side', () => {
    const powers = [
      ...Array.from({ length: 254 }, (_, exponent) => (exponent + 1) << 23),
      ...Array.from(
        { length: 76 },
        (_, at) => new Uint32Array(Float32Array.of(Number(`1e${at - 37}`)).buffer)[0]!,
      ),
    ];

    for (const bits of powers) for (const step of [-2, -1, 0, 1, 2]) check(floatOf(bits + step));
  });

  it('writes short decimals as they are', () => {
    const values = [0, 1, -1, 0.1, 0.5, 1 / 3, 61, -15.9, 1e-20, 16_777_216, 1_500_000, 1e10, 1e21];

    expect(values.map((value) => shortest32(Math.fround(value)))).toEqual(
      '0 1 -1 0.1 0.5 0.33333334 61 -15.9 1e-20 16777216 1500000 10000000000 1e+21'.split(' '),
    );
  });

  it('writes what is no number by the policy, and names the place when it is refused', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

    expect(values.map((value) => number32(value, 'null', ''))).toEqual(['null', 'null', 'null']);
    expect(values.map((value) => number32(value, 'string', ''))).toEqual([
      '"NaN"',
      '"Infinity"',
      '"-Infinity"',
    ]);
    expect(() => nonFiniteNumber(Number.NaN, 'error', 'value of row 7')).toThrow(
      expect.objectContaining({ code: 'non_finite_output', message: expect.stringMatching(/NaN.*row 7/) }),
    );
  });
});
