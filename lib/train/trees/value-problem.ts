/** Regression trees: nodes are judged by the squared error of their values. */
import { BINS, columnBytes } from './bins.ts';
import { centred, type ForestProblem } from './forest-problem.ts';
import { addColumnPairs } from './histogram.ts';
import type { ForestJob } from './job-types.ts';
import { choosePacking, type Packing, type PairTotals, packRow } from './packing.ts';
import { bestPairSplit, type Split } from './split.ts';

/** Least-squares trees over the values of a job; leaves hold the mean less the job's baseline. */
export function createValueProblem(job: ForestJob): ForestProblem {
  const { bins, weights, minSamplesLeaf } = job;
  const values = job.target.map((value) => value - job.baseline);
  const drawnWeights = new Float64Array(bins.rows);
  const pairs = new Float64Array(2 * bins.rows);
  const histogram = new Float64Array(2 * BINS);
  const columns = Array.from({ length: bins.columns }, (_, column) => columnBytes(bins, column));
  const isEmpty = (bin: number): boolean => histogram[2 * bin + 1] === 0;
  let totals: PairTotals;
  let packing: Packing;

  return {
    outputs: 1,
    start: ({ counts, rows }) => {
      let weightSum = 0;
      let gradientSum = 0;
      for (const row of rows) {
        const weight = counts[row]! * weights[row]!;
        drawnWeights[row] = weight;
        weightSum += weight;
        gradientSum += Math.abs(weight * values[row]!);
      }
      packing = choosePacking(bins.rows, { weightSum, gradientSum });
      for (const row of rows) {
        pairs[2 * row] = Math.round(drawnWeights[row]! * values[row]! * packing.gradientScale);
        pairs[2 * row + 1] = packRow(drawnWeights[row]!, packing);
      }
    },
    enter: ({ rows, start, end }) => {
      const firstValue = values[rows[start]!]!;
      let [gradient, packed, isPure] = [0, 0, true];
      for (let index = start; index < end; index += 1) {
        const row = rows[index]!;
        gradient += pairs[2 * row]!;
        packed += pairs[2 * row + 1]!;
        isPure &&= values[row] === firstValue;
      }
      totals = { gradient, packed };
      return !isPure;
    },
    bestSplit: (chosen, range) => {
      const rules = { packing, l2: 0, minSamplesLeaf, minHessian: Number.MIN_VALUE, minGain: -Infinity };
      let best: Split | null = null;
      for (const column of chosen) {
        addColumnPairs(histogram.fill(0), { bytes: columns[column]!, stride: bins.stride, pairs }, range);
        const split = bestPairSplit(histogram, { bins, column, totals }, rules);
        if (split !== null && (best === null || split.gain > best.gain)) best = centred(split, bins, isEmpty);
      }
      return best;
    },
    leafValues: ({ rows, start, end }) => {
      let weight = 0;
      let sum = 0;
      for (let index = start; index < end; index += 1) {
        const row = rows[index]!;
        weight += drawnWeights[row]!;
        sum += drawnWeights[row]! * values[row]!;
      }
      return [sum / weight];
    },
  };
}
