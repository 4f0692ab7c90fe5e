/** Random numbers by seed. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/index.ts';

describe('many numbers at once', () => {
  it('are spread evenly over [0, 1) and do not follow from one another', () => {
    const count = 200_000;
    const numbers = createRandom(5).fill(new Float32Array(count));

    const bins = new Array<number>(16).fill(0);
    let [sum, products] = [0, 0];
    for (const [index, number] of numbers.entries()) {
      bins[Math.floor(number * 16)]! += 1;
      sum += number;
      products += (number - 0.5) * ((numbers[index + 1] ?? 0.5) - 0.5);
    }
    // Five standard errors of a bin's share, of a mean and of a correlation.
    for (const bin of bins) expect(Math.abs(bin / count - 1 / 16)).toBeLessThan(0.0028);
    expect(Math.abs(sum / count - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs((12 * products) / count)).toBeLessThan(5 / Math.sqrt(count));
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  });

  it('depend on the seed, and on what was drawn before', () => {
    const drawn = (seed: number, before = 0) => {
      const random = createRandom(seed);
      for (let index = 0; index < before; index += 1) random.uniform();
      return [...random.fill(new Float32Array(4))];
    };

    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
    expect(drawn(1)).not.toEqual(drawn(1, 1));
  });
});
