/** What a node of a forest's tree is judged by: the classes, or the values, of its rows. */
import type { Random } from '../../core/index.ts';
import { type Bins, thresholdOf } from './bins.ts';
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
  /**
   * Best split of the node by one of the columns, or null if none is allowed.
   *
   * @param random draws one threshold a column, which alone is looked at; without it all are
   */
  bestSplit(columns: Int32Array, node: NodeRows, random: Random | null): Split | null;
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

/**
 * A bin to split after, drawn evenly in the values between the node's extremes (Geurts, Ernst and Wehenkel 2006): the one
 * whose edge is nearest to what was drawn. Of the values only the bins are known, so the extremes are taken to lie half a
 * gap beyond the outermost edges, as they do where values are at even distances.
 *
 * @param first the node's lowest value bin with rows
 * @param last its highest, above `first`
 */
export function drawBin(
  bins: Bins,
  column: number,
  { first, last, random }: { readonly first: number; readonly last: number; readonly random: Random },
): number {
  if (last === first + 1) return first;
  const edge = (bin: number): number => thresholdOf(bins, column, bin);
  const low = edge(first) - (edge(first + 1) - edge(first)) / 2;
  const high = edge(last - 1) + (edge(last - 1) - edge(last - 2)) / 2;
  const drawn = low + random.uniform() * (high - low);
  let [from, to] = [first, last - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((edge(middle) + edge(middle + 1)) / 2 < drawn) from = middle + 1;
    else to = middle;
  }
  return from;
}
