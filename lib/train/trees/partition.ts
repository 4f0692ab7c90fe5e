/** Moves the rows of a node so that those of its left child come first. */
import { BINS, type Bins, columnBytes, MISSING_BIN } from './bins.ts';
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

/**
 * Reorders `range.rows` between `start` and `end` by a split, keeping the order within each side. All members
 * must call it; when it returns, every member sees the result. Returns where the right side starts.
 */
export function partitionRows(
  team: Team,
  { rows, start, end }: RowRange,
  { split, bins, memory }: { split: Split; bins: Bins; memory: PartitionMemory },
): number {
  const { counts } = memory;
  const [first, last] = shareOf(team, end - start);
  const left = separate(
    { rows, start: start + first, end: start + last },
    { bytes: columnBytes(bins, split.column), stride: bins.stride, rightOf: rightSides(split), memory },
  );
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

const sides = new Uint8Array(BINS);

/** 1 for the bins that go right; valid until the next call. */
function rightSides({ bin, missingLeft }: Split): Uint8Array {
  sides.fill(0, 0, bin + 1).fill(1, bin + 1);
  sides[MISSING_BIN] = missingLeft ? 0 : 1;
  return sides;
}

/** Copies rows to either side without a branch, which could not be predicted; returns how many went left. */
function separate(
  { rows, start, end }: RowRange,
  {
    bytes,
    stride,
    rightOf,
    memory,
  }: { bytes: Uint8Array; stride: number; rightOf: Uint8Array; memory: PartitionMemory },
): number {
  const { left, right } = memory;
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
