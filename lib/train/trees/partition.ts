/** Moves the rows of a node so that those of its left child come first. */
import { BINS, type Bins, columnBytes, MISSING_BIN } from './bins.ts';
import { holdsCode } from './code-sets.ts';
import type { Kernels } from './kernels.ts';
import type { RowRange } from './node-rows.ts';
import type { Split } from './split.ts';
import { shareOf, type Team } from './team.ts';

/** Room for the rows of a node on their way; shared by the team. */
export interface PartitionMemory {
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Left and right rows found by each member. */
  readonly counts: Int32Array;
}

/** By what rows are separated, and where to. */
interface Sides {
  readonly split: Split;
  readonly bins: Bins;
  readonly memory: PartitionMemory;
}

/** Copies a run of rows to `memory.left` and `memory.right` from its start on; returns how many went left. */
export type Separate = (run: RowRange, sides: Sides) => number;

interface Partition extends Sides {
  /** A faster way to separate rows, if there is one. */
  readonly separate?: Separate;
}

/**
 * Reorders `range.rows` between `start` and `end` by a split, keeping the order within each side. All members
 * must call it; when it returns, every member sees the result. Returns where the right side starts.
 */
export function partitionRows(
  team: Team,
  { rows, start, end }: RowRange,
  { split, bins, memory, separate = separateRows }: Partition,
): number {
  const { counts } = memory;
  const [first, last] = shareOf(team, end - start);
  const run = { rows, start: start + first, end: start + last };
  const left = separate(run, { bins, memory, split });
  counts[2 * team.member] = left;
  counts[2 * team.member + 1] = last - first - left;
  team.barrier();
  let middle = start;
  for (let member = 0; member < team.size; member += 1) middle += counts[2 * member]!;
  let leftTo = start;
  let rightTo = middle;
  for (let member = 0; member < team.member; member += 1) {
    leftTo += counts[2 * member]!;
    rightTo += counts[2 * member + 1]!;
  }
  const from = start + first;
  // For the short runs of deep nodes a loop beats `set`, which needs a view of its source.
  for (let index = 0; index < left; index += 1) rows[leftTo + index] = memory.left[from + index]!;
  for (let index = 0; index < last - first - left; index += 1)
    rows[rightTo + index] = memory.right[from + index]!;
  team.barrier();
  return middle;
}

const plainSides = new Uint8Array(BINS);

/** Marks the bins that go right, the others with 0. */
function markRight(sides: Uint8Array, { bin, set, missingLeft }: Split, mark: number): Uint8Array {
  if (set === undefined) sides.fill(0, 0, bin + 1).fill(mark, bin + 1);
  else for (let other = 0; other < BINS; other += 1) sides[other] = holdsCode(set, 0, other) ? 0 : mark;
  sides[MISSING_BIN] = missingLeft ? 0 : mark;
  return sides;
}

/** Separates without a branch, which could not be predicted. */
function separateRows({ rows, start, end }: RowRange, { split, bins, memory }: Sides): number {
  const { left, right } = memory;
  const { stride } = bins;
  const bytes = columnBytes(bins, split.column);
  const rightOf = markRight(plainSides, split, 1);
  let leftTo = start;
  let rightTo = start;
  for (let index = start; index < end; index += 1) {
    const row = rows[index]!;
    const isRight = rightOf[bytes[row * stride]!]!;
    left[leftTo] = row;
    right[rightTo] = row;
    rightTo += isRight;
    leftTo += 1 - isRight;
  }
  return leftTo - start;
}

/**
 * `Separate` by a kernel, for bins in groups of four columns.
 *
 * @param sides 256 bytes of the member's own; like all arrays, in the memory of the kernels
 */
export function kernelSeparate(kernels: Kernels, sides: Uint8Array): Separate {
  return ({ rows, start, end }, { split, bins, memory: { left, right } }) => {
    const at = (array: Int32Array, index: number): number => array.byteOffset + 4 * index;
    const leftEnd = kernels.separate(
      at(left, start),
      at(right, start),
      columnBytes(bins, split.column).byteOffset,
      markRight(sides, split, 4).byteOffset,
      at(rows, start),
      at(rows, end),
    );
    // Addresses come back signed.
    return ((leftEnd >>> 0) - at(left, start)) / 4;
  };
}
