import { describe, expect, it, test } from 'vitest';
import { createRandom } from '../../../lib/core/index.ts';
import { solveLeastSquares } from '../../../lib/train/linear/index.ts';
import { shiftedSolver } from '../../../lib/train/linear/shifted-solver.ts';
import { distance } from '../learners/classic.ts';

const random = createRandom(5);

/** B B' of a random matrix [size, rank]; singular where the rank is less. */
function product(size: number, rank: number): Float64Array {
  const rows = Array.from({ length: size }, () => Array.from({ length: rank }, () => random.normal()));
  return Float64Array.from(
    rows.flatMap((left) => rows.map((right) => left.reduce((sum, value, at) => sum + value * right[at]!, 0))),
  );
}

const shifted = (matrix: Float64Array, size: number, shift: number): Float64Array =>
  matrix.map((value, at) => value + (at % (size + 1) === 0 ? shift : 0));

describe('a solver for many shifts', () => {
  it.each([
    ['one column', 1, 1],
    ['two columns', 2, 2],
    ['three columns, two of them free', 3, 2],
    ['thirty columns', 30, 40],
    ['thirty columns that depend on each other', 30, 7],
  ])('answers as one factorisation for each (%s)', async (_title, size, rank) => {
    const matrix = product(size, rank);
    const right = Float64Array.from({ length: size }, () => random.normal());

    const solve = await shiftedSolver(matrix, right);

    for (const shift of [1e-3, 1, 1e3]) {
      const expected = solveLeastSquares(shifted(matrix, size, shift), right);
      expect(distance(solve(shift), expected)).toBeLessThan(1e-9);
    }
  });

  it('leaves a matrix that is diagonal already as it is', async () => {
    const solve = await shiftedSolver(Float64Array.of(2, 0, 0, 0, 0, 0, 0, 0, 5), Float64Array.of(3, 0, 7));

    expect([...solve(1)]).toEqual([1, 0, 7 / 6]);
  });

  test('stops when it is told to', async () => {
    // So large that others are given a chance after the first step.
    const size = 3_300;
    const matrix = new Float64Array(size * size).fill(1);
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(shiftedSolver(matrix, new Float64Array(size), signal)).rejects.toThrow('enough');
  });
});
