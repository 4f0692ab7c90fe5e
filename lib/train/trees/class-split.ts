/** Finds the split of a node that separates the classes best by one column. */
import type { Packing } from './packing.ts';

/** The class sums of a node's rows by bin, and which bins have any. */
export interface ClassHistogram {
  readonly classes: number;
  /** Packed sum of bin `b`, class `k` at `b * classes + k`. */
  readonly sums: Float64Array;
  /** Value bins with rows of the node, ascending. */
  readonly occupied: Uint8Array;
}

/** A node whose split is sought; weights are whole numbers as the packing scales them. */
export interface ClassNode {
  readonly packing: Packing;
  readonly minSamplesLeaf: number;
  /** Weight by class. */
  readonly weights: Float64Array;
  rows: number;
  weight: number;
}

/** Reads a node's rows and weights from its packed class sums. */
export function readTotals(node: ClassNode, totals: Float64Array): void {
  const { unit, inverseUnit } = node.packing;
  node.rows = 0;
  node.weight = 0;
  for (let label = 0; label < totals.length; label += 1) {
    const rows = Math.floor(totals[label]! * inverseUnit);
    const weight = totals[label]! - rows * unit;
    node.weights[label] = weight;
    node.rows += rows;
    node.weight += weight;
  }
}

/** A split after the occupied bin at `place`. */
export interface ClassSplit {
  readonly place: number;
  /** Decrease in weighted impurity. */
  readonly gain: number;
  readonly leftIsLarger: boolean;
}

/**
 * Best split by the decrease in weighted Gini impurity, `Σ Lk²/L + Σ Rk²/R - Σ Nk²/N` over the class weights
 * of the sides and of the node.
 *
 * @param left packed sums of rows that go left whatever the split; overwritten
 * @param begin splits after fewer occupied bins than this are not tried
 * @param end splits after the first `end` occupied bins are tried
 */
export function bestClassSplit(
  { classes, sums, occupied }: ClassHistogram,
  {
    packing: { unit, inverseUnit, weightScale },
    minSamplesLeaf,
    weights,
    rows: nodeRows,
    weight: nodeWeight,
  }: ClassNode,
  { left, begin = 0, end }: { left: Float64Array; begin?: number; end: number },
): ClassSplit | null {
  let best = -1;
  let bestScore = -Infinity;
  let leftIsLarger = false;
  for (let place = 0; place < end; place += 1) {
    const offset = occupied[place]! * classes;
    let rowsLeft = 0;
    let weightLeft = 0;
    let squaresLeft = 0;
    let squaresRight = 0;
    for (let label = 0; label < classes; label += 1) {
      const packed = left[label]! + sums[offset + label]!;
      left[label] = packed;
      const rows = Math.floor(packed * inverseUnit);
      const weight = packed - rows * unit;
      const weightRight = weights[label]! - weight;
      rowsLeft += rows;
      weightLeft += weight;
      squaresLeft += weight * weight;
      squaresRight += weightRight * weightRight;
    }
    if (place < begin || rowsLeft < minSamplesLeaf) continue;
    if (nodeRows - rowsLeft < minSamplesLeaf) break;
    const score = squaresLeft / weightLeft + squaresRight / (nodeWeight - weightLeft);
    if (score > bestScore) {
      bestScore = score;
      best = place;
      leftIsLarger = 2 * rowsLeft > nodeRows;
    }
  }
  if (best < 0) return null;
  let nodeSquares = 0;
  for (let label = 0; label < classes; label += 1) nodeSquares += weights[label]! ** 2;
  return { place: best, gain: (bestScore - nodeSquares / nodeWeight) / weightScale, leftIsLarger };
}
