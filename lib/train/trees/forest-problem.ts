/** What a node of a forest's tree is judged by: the classes, or the values, of its rows. */
import type { Bins } from './bins.ts';
import type { NodeRows, RowBlock } from './node-rows.ts';
import type { Split } from './split.ts';

/** The rows a tree sees: how often each was drawn, and those drawn at all in ascending order. */
export interface Sample {
  readonly counts: Uint16Array;
  readonly rows: Int32Array;
}

/** The side of the learner that knows the target. */
export interface ForestProblem {
  /** Values in a leaf. */
  readonly outputs: number;
  /** Turns to the sample of a new tree; returns its rows. */
  start(sample: Sample): RowBlock;
  /** Turns to a node; false if its rows agree, so that no split can help. */
  enter(node: NodeRows): boolean;
  /** Best split of the node by one of the columns, or null if none is allowed. */
  bestSplit(columns: Int32Array, node: NodeRows): Split | null;
  /** Values of the node if it becomes a leaf. */
  leafValues(): ArrayLike<number>;
}

/**
 * Moves a split to the middle of the empty bins around it: the rows of the node go the same way, and new
 * rows that fall into the gap are shared out evenly.
 */
export function centred<Kind extends Split>(
  split: Kind,
  bins: Bins,
  isEmpty: (bin: number) => boolean,
): Kind {
  const lastBin = bins.thresholdCounts[split.column]!;
  let next = split.bin + 1;
  while (next <= lastBin && isEmpty(next)) next += 1;
  return next <= lastBin ? { ...split, bin: (split.bin + next - 1) >> 1 } : split;
}
