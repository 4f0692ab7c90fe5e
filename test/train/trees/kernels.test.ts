import { describe, expect, it } from 'vitest';
import { BINS } from '../../../lib/train/trees/bins.ts';
import { kernelsFor } from '../../../lib/train/trees/kernels.ts';
import { createArena } from '../../../lib/train/trees/memory.ts';

/** Six rows, of which 4, 1, 5 are a node's; bins reach both ends of a byte. */
function example() {
  const arena = createArena();
  const words = arena.bytes(24);
  words.set([1, 2, 3, 4, 0, 255, 9, 128, 5, 6, 7, 8, 9, 9, 9, 9, 255, 0, 9, 127, 0, 255, 8, 255]);
  const pairs = arena.float64(12);
  pairs.set([0.5, 1, -2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const rows = arena.int32(3);
  rows.set([4, 1, 5]);
  const gathered = arena.float64(6);
  return { arena, kernels: kernelsFor(arena.memory), words, pairs, rows, gathered };
}

describe('kernelsFor', () => {
  it.each([['addFour', 4] as const, ['addTwo', 2] as const])(
    '%s adds up %i columns alone',
    (name, columns) => {
      const { arena, kernels, words, pairs, rows, gathered } = example();
      const histogram = arena.float64(4 * BINS * 2);
      const expected = new Float64Array(histogram.length);
      for (const row of rows) {
        for (let column = 0; column < columns; column += 1) {
          const place = 2 * (column * BINS + words[4 * row + column]!);
          expected[place]! += pairs[2 * row]!;
          expected[place + 1]! += pairs[2 * row + 1]!;
        }
      }
      const end = rows.byteOffset + rows.byteLength;

      kernels.gather(gathered.byteOffset, pairs.byteOffset, rows.byteOffset, end);
      kernels[name](histogram.byteOffset, words.byteOffset, gathered.byteOffset, rows.byteOffset, end);

      expect(Array.from(gathered)).toEqual([8, 9, -2, 3, 10, 11]);
      expect(Array.from(histogram)).toEqual(Array.from(expected));
    },
  );

  it('separate keeps the order of the rows on either side', () => {
    const { arena, kernels, words, rows } = example();
    const [left, right, rightOf] = [arena.int32(3), arena.int32(3), arena.bytes(BINS)];
    rightOf[255] = 4;
    const secondColumn = words.byteOffset + 1;

    const leftEnd = kernels.separate(
      left.byteOffset,
      right.byteOffset,
      secondColumn,
      rightOf.byteOffset,
      rows.byteOffset,
      rows.byteOffset + rows.byteLength,
    );

    expect((leftEnd - left.byteOffset) / 4).toBe(1);
    expect([left[0], right[0], right[1]]).toEqual([4, 1, 5]);
  });
});
