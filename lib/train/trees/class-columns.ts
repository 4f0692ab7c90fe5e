/** Class histograms of up to four columns at a time, and the best split by each of them. */
import type { Random } from '../../core/index.ts';
import { BINS, type Bins, MISSING_BIN } from './bins.ts';
import { bestClassSplit, type ClassHistogram, type ClassNode } from './class-split.ts';
import { drawBin } from './forest-problem.ts';
import { addColumnClasses, addFourColumnClasses } from './histogram.ts';
import type { NodeRows } from './node-rows.ts';
import { listFilled, listOccupied } from './occupied-bins.ts';
import type { Split } from './split.ts';

/** Which column of which node is asked about. */
interface ColumnQuestion {
  readonly column: number;
  readonly node: ClassNode;
  readonly nodeRows: NodeRows;
  /** Draws the only threshold that is looked at. */
  readonly random: Random | null;
}

/** The columns of a node that are looked at together. */
export interface ClassColumns {
  /** Adds up the node's rows for these columns, four at most. */
  fill(columns: Int32Array, node: NodeRows): void;
  /**
   * Best split by the column that was filled in at `place`. Missing values are tried on both sides; if the node
   * has none, they will follow the larger child. Where bins between two rows are empty, the split is put in
   * their middle.
   */
  bestSplit(place: number, options: ColumnQuestion): Split | null;
}

/** Prepares the histograms, which are used again for every node. */
export function createClassColumns(bins: Bins, classes: number): ClassColumns {
  const places = BINS * classes;
  const four = new Float64Array(4 * places);
  const single = [0, 1, 2, 3].map((place) => four.subarray(place * places, (place + 1) * places));
  const occupied = new Uint8Array(BINS);
  const left = new Float64Array(classes);
  return {
    fill: (columns, node) => {
      if (columns.length === 4) {
        addFourColumnClasses(four.fill(0), classes, { columns, ...node });
        return;
      }
      for (let place = 0; place < columns.length; place += 1) {
        addColumnClasses(single[place]!.fill(0), classes, { column: columns[place]!, ...node });
      }
    },
    bestSplit: (place, { column, node, nodeRows, random }) => {
      const sums = single[place]!;
      const lastBin = bins.thresholdCounts[column]!;
      const few = nodeRows.range.end - nodeRows.range.start < BINS;
      const count = few
        ? listOccupied(column, nodeRows, occupied)
        : listFilled(sums, { width: classes, lastBin }, occupied);
      const histogram = { classes, sums, occupied };
      if (random !== null) return drawnSplit(histogram, { bins, column, node, random, count, left });
      if (bins.hasMissing[column] === 0 || !hasMissing(sums, classes)) {
        const best = bestClassSplit(histogram, node, { left: left.fill(0), end: count - 1 });
        if (best === null) return null;
        const bin = middle(occupied, best.place);
        return { column, bin, gain: best.gain, missingLeft: best.leftIsLarger };
      }
      const right = bestClassSplit(histogram, node, { left: left.fill(0), end: count });
      left.set(sums.subarray(MISSING_BIN * classes));
      const other = bestClassSplit(histogram, node, { left, end: count - 1 });
      const missingLeft = other !== null && (right === null || other.gain > right.gain);
      const best = missingLeft ? other : right;
      if (best === null) return null;
      const bin = best.place + 1 < count ? middle(occupied, best.place) : lastBin;
      return { column, bin, gain: best.gain, missingLeft };
    },
  };
}

const middle = (occupied: Uint8Array, place: number): number =>
  (occupied[place]! + occupied[place + 1]! - 1) >> 1;

function hasMissing(sums: Float64Array, classes: number): boolean {
  for (let place = MISSING_BIN * classes; place < BINS * classes; place += 1) {
    if (sums[place] !== 0) return true;
  }
  return false;
}

/** The split after a bin drawn between the node's extremes; missing values are tried on both sides. */
function drawnSplit(
  histogram: ClassHistogram,
  { bins, column, node, random, count, left }: DrawnQuestion,
): Split | null {
  if (count < 2) return null;
  const { classes, sums, occupied } = histogram;
  const bin = drawBin(bins, column, { first: occupied[0]!, last: occupied[count - 1]!, random });
  let place = 0;
  while (place + 1 < count && occupied[place + 1]! <= bin) place += 1;
  const only = { begin: place, end: place + 1 };
  const right = bestClassSplit(histogram, node, { left: left.fill(0), ...only });
  if (bins.hasMissing[column] === 0 || !hasMissing(sums, classes)) {
    return right && { column, bin, gain: right.gain, missingLeft: right.leftIsLarger };
  }
  left.set(sums.subarray(MISSING_BIN * classes));
  const other = bestClassSplit(histogram, node, { left, ...only });
  const missingLeft = other !== null && (right === null || other.gain > right.gain);
  const best = missingLeft ? other : right;
  return best && { column, bin, gain: best.gain, missingLeft };
}

interface DrawnQuestion {
  readonly bins: Bins;
  readonly column: number;
  readonly node: ClassNode;
  readonly random: Random;
  /** Occupied bins. */
  readonly count: number;
  /** Room for the sums of the left side. */
  readonly left: Float64Array;
}
