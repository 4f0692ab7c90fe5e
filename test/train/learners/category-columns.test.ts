import { describe, expect, it } from 'vitest';
import type { Matrix } from '../../../lib/core/index.ts';
import { categoryColumns } from '../../../lib/train/learners/category-columns.ts';

/** A number, and columns of 3, 17 and 256 categories. */
const x: Matrix = {
  rows: 256,
  columns: 4,
  data: Float32Array.from(
    Array.from({ length: 256 }, (_, row) => [row / 7, (row % 4) - 1, row % 17, row]).flat(),
  ),
};
const layout = [
  { kind: 'numbers', start: 0, size: 1, shape: [1] },
  { kind: 'categories', start: 1, size: 3, shape: [3] },
] as const;

describe('columns that boosting splits by sets of categories', () => {
  it.each([
    ['those with few categories where nothing is said', undefined, [1]],
    ['all that trees can tell apart where the spec asks for sets', 'sets', [1, 2]],
    ['none where the spec asks for their order', 'ordered', []],
  ] as const)('are %s', (_, wish, wanted) => {
    const columns = categoryColumns(x, layout, wish);

    expect(columns).toEqual(wanted);
  });

  it('are none of a matrix whose columns nobody has told of', () => {
    const columns = categoryColumns(x);

    expect(columns).toEqual([]);
  });
});
