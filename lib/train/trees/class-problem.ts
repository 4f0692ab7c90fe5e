/** Classification trees: nodes are judged by the Gini impurity of their classes. */
import { createClassColumns } from './class-columns.ts';
import { type ClassNode, readTotals } from './class-split.ts';
import type { ForestProblem } from './forest-problem.ts';
import type { ForestJob } from './job-types.ts';
import { choosePacking, packRow } from './packing.ts';
import type { Split } from './split.ts';

/** Gini trees over the classes of a job; leaves hold class shares. A row's statistics: packed row, class. */
export function createClassProblem({
  bins,
  classes,
  target,
  weights,
  minSamplesLeaf,
}: ForestJob): ForestProblem {
  const statistics = new Float64Array(2 * bins.rows);
  const totals = new Float64Array(classes);
  const classWeights = new Float64Array(classes);
  const columns = createClassColumns(bins, classes);
  let node: ClassNode;

  return {
    outputs: classes,
    start: ({ counts, rows }) => {
      let weightSum = 0;
      for (const row of rows) weightSum += counts[row]! * weights[row]!;
      const packing = choosePacking(bins.rows, { weightSum, gradientSum: 0 });
      for (const row of rows) {
        statistics[2 * row] = packRow(counts[row]! * weights[row]!, packing);
        statistics[2 * row + 1] = target[row]!;
      }
      node = { packing, minSamplesLeaf, weights: classWeights, rows: 0, weight: 0 };
      return { bins, statistics };
    },
    enter: ({ block, range: { rows, start, end } }) => {
      totals.fill(0);
      for (let index = start; index < end; index += 1) {
        const place = 2 * rows[index]!;
        totals[block.statistics[place + 1]!]! += block.statistics[place]!;
      }
      readTotals(node, totals);
      let present = 0;
      for (let label = 0; label < classes; label += 1) present += totals[label]! > 0 ? 1 : 0;
      return present > 1;
    },
    bestSplit: (chosen, nodeRows, random) => {
      let best: Split | null = null;
      for (let first = 0; first < chosen.length; first += 4) {
        const pass = chosen.subarray(first, first + 4);
        columns.fill(pass, nodeRows);
        for (let place = 0; place < pass.length; place += 1) {
          const split = columns.bestSplit(place, { column: pass[place]!, node, nodeRows, random });
          if (split !== null && (best === null || split.gain > best.gain)) best = split;
        }
      }
      return best;
    },
    leafValues: () => Array.from(classWeights, (weight) => weight / node.weight),
  };
}
