/** Classification trees: nodes are judged by the Gini impurity of their classes. */
import { BINS, type Bins, columnBytes, MISSING_BIN } from './bins.ts';
import { bestClassSplit, type ClassNode } from './class-split.ts';
import type { ForestProblem } from './forest-problem.ts';
import { addColumnClasses, addFourColumnClasses, type ClassRows, type RowRange } from './histogram.ts';
import type { ForestJob } from './job-types.ts';
import { listFilled, listOccupied } from './occupied-bins.ts';
import { choosePacking, packRow } from './packing.ts';
import type { Split } from './split.ts';

/** Gini trees over the classes of a job; leaves hold class shares. */
export function createClassProblem(job: ForestJob): ForestProblem {
  const { bins, classes, weights, minSamplesLeaf } = job;
  const labels = Uint16Array.from(job.target);
  const drawnWeights = new Float64Array(bins.rows);
  const packed = new Float64Array(bins.rows);
  const totals = new Float64Array(classes);
  const columns = createClassColumns(bins, { classes, labels, packed, stride: bins.stride });
  let node: ClassNode;

  return {
    outputs: classes,
    start: ({ counts, rows }) => {
      let weightSum = 0;
      for (const row of rows) {
        drawnWeights[row] = counts[row]! * weights[row]!;
        weightSum += drawnWeights[row]!;
      }
      const packing = choosePacking(bins.rows, { weightSum, gradientSum: 0 });
      for (const row of rows) packed[row] = packRow(drawnWeights[row]!, packing);
      node = { totals, packing, minSamplesLeaf };
    },
    enter: ({ rows, start, end }) => {
      totals.fill(0);
      for (let index = start; index < end; index += 1) {
        const row = rows[index]!;
        totals[labels[row]!]! += packed[row]!;
      }
      return countPositive(totals) > 1;
    },
    bestSplit: (chosen, range) => {
      let best: Split | null = null;
      for (let first = 0; first < chosen.length; first += 4) {
        const pass = chosen.subarray(first, first + 4);
        columns.fill(pass, range);
        for (let place = 0; place < pass.length; place += 1) {
          const split = columns.bestSplit(place, { column: pass[place]!, node, range });
          if (split !== null && (best === null || split.gain > best.gain)) best = split;
        }
      }
      return best;
    },
    leafValues: ({ rows, start, end }) => {
      const shares = new Float64Array(classes);
      let sum = 0;
      for (let index = start; index < end; index += 1) {
        const row = rows[index]!;
        shares[labels[row]!]! += drawnWeights[row]!;
        sum += drawnWeights[row]!;
      }
      return shares.map((share) => share / sum);
    },
  };
}

function countPositive(values: Float64Array): number {
  let count = 0;
  for (let index = 0; index < values.length; index += 1) if (values[index]! > 0) count += 1;
  return count;
}

/** The histograms of up to four columns at a time. */
interface ClassColumns {
  /** Adds up a node's rows for these columns. */
  fill(columns: Int32Array, range: RowRange): void;
  /** Best split by the column that was filled in at `place`. */
  bestSplit(place: number, options: { column: number; node: ClassNode; range: RowRange }): Split | null;
}

function createClassColumns(bins: Bins, classRows: ClassRows): ClassColumns {
  const { classes } = classRows;
  const bytes = Array.from({ length: bins.columns }, (_, column) => columnBytes(bins, column));
  const histogram = (): Float64Array => new Float64Array(BINS * classes);
  const sums = [histogram(), histogram(), histogram(), histogram()] as const;
  const occupied = new Uint8Array(BINS);
  const left = new Float64Array(classes);
  return {
    fill: (columns, range) => {
      for (let place = 0; place < columns.length; place += 1) sums[place]!.fill(0);
      if (columns.length === 4) {
        const four = [
          bytes[columns[0]!]!,
          bytes[columns[1]!]!,
          bytes[columns[2]!]!,
          bytes[columns[3]!]!,
        ] as const;
        addFourColumnClasses(sums, four, classRows, range);
        return;
      }
      for (let place = 0; place < columns.length; place += 1) {
        addColumnClasses(sums[place]!, bytes[columns[place]!]!, classRows, range);
      }
    },
    bestSplit: (place, { column, node, range }) => {
      const columnSums = sums[place]!;
      const lastBin = bins.thresholdCounts[column]!;
      const occupiedCount =
        range.end - range.start < BINS
          ? listOccupied(bytes[column]!, { stride: bins.stride, range }, occupied)
          : listFilled(columnSums, { width: classes, lastBin }, occupied);
      const found = { classes, sums: columnSums, occupied };
      const missing = columnSums.subarray(MISSING_BIN * classes, (MISSING_BIN + 1) * classes);
      const hasMissing = bins.hasMissing[column] === 1 && missing.some((sum) => sum > 0);
      const right = bestClassSplit(found, node, {
        left: left.fill(0),
        end: hasMissing ? occupiedCount : occupiedCount - 1,
      });
      left.set(missing);
      const other = hasMissing ? bestClassSplit(found, node, { left, end: occupiedCount - 1 }) : null;
      const isOther = other !== null && (right === null || other.gain > right.gain);
      const best = isOther ? other : right;
      if (best === null) return null;
      const { gain, leftIsLarger } = best;
      const next = best.place + 1;
      const bin = next < occupiedCount ? (occupied[best.place]! + occupied[next]! - 1) >> 1 : lastBin;
      return { column, bin, gain, missingLeft: hasMissing ? isOther : leftIsLarger };
    },
  };
}
