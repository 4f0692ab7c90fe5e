/** Binning: what bin a value falls into is what comparing it with the exported thresholds says. */
import { expect, test } from 'vitest';
import { createRandom, type Matrix } from '../../../lib/core/index.ts';
import { allocateBins, binEdges, fillBins, MISSING_BIN, thresholdOf } from '../../../lib/train/trees/bins.ts';
import { sortFloats } from '../../../lib/train/trees/radix-sort.ts';
import { soloTeam } from '../../../lib/train/trees/team.ts';

const random = createRandom(4);
const odd = [0, -0, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45, -1e-45, 1, 1 + 2 ** -23];
const hard = Float32Array.from(
  { length: 5000 },
  (_, index) => odd[index] ?? random.normal() * 10 ** random.integer(9),
);

test.each([100, 5000])('sorts %i floats of all magnitudes like the built-in sort', (length) => {
  const values = hard.slice(0, length);
  const expected = hard.slice(0, length).sort();

  sortFloats(values);

  expect(values).toEqual(expected);
});

test('few different values are parted at their midpoints', () => {
  const edges = binEdges(Float32Array.of(-1, -1, 0, 0, 0, 4));

  expect([...edges]).toEqual([-0.5, 2]);
});

test('neighbouring float32 numbers and infinities are still parted', () => {
  const close = Float32Array.of(1, 1 + 2 ** -23);
  const infinite = Float32Array.of(-Infinity, 5, Infinity);

  const edges = [...binEdges(close), ...binEdges(infinite)];

  expect(edges).toEqual([1, -Infinity, 5]);
});

test('many different values are parted into bins of nearly the same size', () => {
  const sorted = Float32Array.from({ length: 51_000 }, (_, index) => index);

  const edges = binEdges(sorted);

  expect(edges).toHaveLength(254);
  expect([...edges.subarray(0, 3)]).toEqual([199.5, 399.5, 599.5]);
});

test.each([
  ['one', 1, 1],
  ['four', 4, 2],
  ['sixteen', 16, 1],
])('with %s columns a group, bins agree with comparisons in float32', (_, lanes, members) => {
  const x: Matrix = {
    rows: 1000,
    columns: 5,
    data: hard.map((value) => (random.uniform() < 0.1 ? NaN : value)),
  };
  const bins = allocateBins(x, { lanes, members });

  for (let member = 0; member < members; member += 1)
    fillBins({ ...soloTeam, member, size: members }, x, bins);

  expect([...bins.hasMissing]).toEqual([1, 1, 1, 1, 1]);
  const wrong = Array.from(x.data.keys()).filter((place) => {
    const column = place % x.columns;
    const value = x.data[place]!;
    const bin = bins.bytes[bins.offsets[column]! + Math.floor(place / x.columns) * bins.stride]!;
    if (Number.isNaN(value)) return bin !== MISSING_BIN;
    return !(
      value <= thresholdOf(bins, column, bin) &&
      (bin === 0 || value > thresholdOf(bins, column, bin - 1))
    );
  });
  expect(wrong).toEqual([]);
});
