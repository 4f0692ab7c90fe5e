import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../lib/core/index.ts';
import { allocateBins, fillBins } from '../../../lib/train/trees/bins.ts';
import { drawBin } from '../../../lib/train/trees/forest-problem.ts';
import { soloTeam } from '../../../lib/train/trees/team.ts';

/** How often each bin is drawn of a column with these values. */
function shares(values: readonly number[], first: number, last: number): readonly number[] {
  const x = { rows: values.length, columns: 1, data: Float32Array.from(values) };
  const bins = allocateBins(x, { lanes: 1, members: 1 });
  fillBins(soloTeam, x, bins);
  const random = createRandom(3);
  const draws = 4000;
  const counts = new Array<number>(last).fill(0);
  for (let draw = 0; draw < draws; draw += 1) counts[drawBin(bins, 0, { first, last, random })]! += 1;
  return counts.map((count) => count / draws);
}

const near = (wanted: readonly number[]) => wanted.map((share) => expect.closeTo(share, 1));

describe('a threshold that is drawn between the values of a node', () => {
  it.each([
    ['two', [0, 1], [1]],
    ['three', [0, 1, 2], [1 / 2, 1 / 2]],
    ['four', [0, 1, 2, 3], [1 / 3, 1 / 3, 1 / 3]],
  ])('parts %s values anywhere alike', (_title, values, wanted) => {
    expect(shares(values, 0, values.length - 1)).toEqual(near(wanted));
  });

  it('lies in a wide gap more often than in a narrow one', () => {
    // Edges at 0.5, 1.5, 6 and 10.5.
    const [first = 0, second = 0, third = 0, fourth = 0] = shares([0, 1, 2, 10, 11], 0, 4);

    expect(third).toBeGreaterThan(first + second);
    expect(Math.min(first, second, fourth)).toBeGreaterThan(0.02);
  });

  it('lies between the extremes of the node, whatever other rows there are', () => {
    expect(shares([0, 1, 2, 3, 4, 5], 2, 4)).toEqual(near([0, 0, 1 / 2, 1 / 2]));
  });
});
