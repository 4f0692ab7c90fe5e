/** Regression trees: nodes are judged by the squared error of their values. */
import type { Random } from '../../core/index.ts';
import { BINS, type Bins } from './bins.ts';
import { centred, drawBin, type ForestProblem } from './forest-problem.ts';
import { addColumnPairs } from './histogram.ts';
import type { ForestJob } from './job-types.ts';
import { choosePacking, type Packing, type PairTotals, packRow, unpack } from './packing.ts';
import type { SplitRules } from './scan-bins.ts';
import { bestPairSplit, type Split } from './split.ts';

/**
 * Least-squares trees over the values of a job; leaves hold the mean less the job's baseline. A row's
 * statistics: weighted value as a whole number, packed row.
 */
export function createValueProblem({
  bins,
  target,
  weights,
  baseline,
  minSamplesLeaf,
}: ForestJob): ForestProblem {
  const statistics = new Float64Array(2 * bins.rows);
  const histogram = new Float64Array(2 * BINS);
  const isEmpty = (bin: number): boolean => histogram[2 * bin + 1] === 0;
  let totals: PairTotals;
  let packing: Packing;
  let rules: SplitRules;

  return {
    outputs: 1,
    start: ({ counts, rows }) => {
      let weightSum = 0;
      let gradientSum = 0;
      for (const row of rows) {
        const weight = counts[row]! * weights[row]!;
        weightSum += weight;
        gradientSum += weight * Math.abs(target[row]! - baseline);
      }
      packing = choosePacking(bins.rows, { weightSum, gradientSum });
      rules = {
        packing,
        l2: 0,
        minSamplesLeaf,
        minHessian: Number.MIN_VALUE,
        minGain: -Infinity,
        monotone: null,
      };
      for (const row of rows) {
        const weight = counts[row]! * weights[row]!;
        const gradient = weight * (target[row]! - baseline);
        statistics[2 * row] = Math.floor(gradient * packing.gradientScale + 0.5);
        statistics[2 * row + 1] = packRow(weight, packing);
      }
      return { bins, statistics };
    },
    enter: ({ block, range: { rows, start, end } }) => {
      let gradient = 0;
      let packed = 0;
      let lowest = Infinity;
      let highest = -Infinity;
      for (let index = start; index < end; index += 1) {
        const place = 2 * rows[index]!;
        const rowPacked = block.statistics[place + 1]!;
        gradient += block.statistics[place]!;
        packed += rowPacked;
        const value = block.statistics[place]! / (rowPacked - packing.unit);
        lowest = Math.min(lowest, value);
        highest = Math.max(highest, value);
      }
      totals = { gradient, packed };
      return lowest < highest;
    },
    bestSplit: (columns, node, random) => {
      let best: Split | null = null;
      for (let place = 0; place < columns.length; place += 1) {
        const column = columns[place]!;
        addColumnPairs(histogram.fill(0), column, node);
        const only = random && drawOccupied(bins, { column, random, isEmpty });
        if (random !== null && only === null) continue;
        const split = bestPairSplit(histogram, { bins, column, totals, only }, rules);
        if (split === null || (best !== null && split.gain <= best.gain)) continue;
        best = random === null ? centred(split, bins, isEmpty) : split;
      }
      return best;
    },
    leafValues: () => {
      const { gradient, weight } = unpack(totals, packing);
      return [gradient / weight];
    },
  };
}

/** A random bin between the node's extremes; null if its rows agree, and only missing values could part them. */
function drawOccupied(
  bins: Bins,
  { column, random, isEmpty }: { column: number; random: Random; isEmpty: (bin: number) => boolean },
): number | null {
  let first = 0;
  let last = bins.thresholdCounts[column]!;
  while (first < last && isEmpty(first)) first += 1;
  while (last > first && isEmpty(last)) last -= 1;
  return first === last ? null : drawBin(bins, column, { first, last, random });
}
