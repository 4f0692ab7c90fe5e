/** Grows one tree of a forest, depth first, with fresh columns to choose from at every split. */
import type { Random } from '../../core/index.ts';
import type { Bins } from './bins.ts';
import type { ForestProblem } from './forest-problem.ts';
import type { RowRange } from './histogram.ts';
import { type PartitionMemory, partitionRows } from './partition.ts';
import type { Split } from './split.ts';
import { soloTeam } from './team.ts';
import { createTreeBuilder } from './tree-builder.ts';
import type { Tree } from './types.ts';

/** When a tree stops growing, and how many columns a split may choose from. */
export interface ForestLimits {
  readonly maxDepth: number;
  readonly minSamplesLeaf: number;
  readonly maxFeatures: number;
}

/** What a member needs to grow trees; the memory is used again by every tree. */
export interface ForestGrower {
  readonly bins: Bins;
  readonly problem: ForestProblem;
  readonly limits: ForestLimits;
  readonly partition: PartitionMemory;
}

/**
 * Grows a tree over the rows of a sample, which it reorders.
 *
 * @param gains the gain of each split is added to its column's place
 */
export function growForestTree(
  { bins, problem, limits, partition }: ForestGrower,
  rows: Int32Array,
  { random, gains }: { random: Random; gains: Float64Array },
): Tree {
  const builder = createTreeBuilder(bins, problem.outputs);
  const columns = Int32Array.from({ length: bins.columns }, (_, column) => column);
  const open = [{ node: builder.leaf(), start: 0, end: rows.length, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, start, end, depth } = next;
    const range = { rows, start, end };
    const maySplit = depth < limits.maxDepth && end - start >= 2 * limits.minSamplesLeaf;
    const split =
      maySplit && problem.enter(range) ? drawSplit(problem, range, { columns, random, limits }) : null;
    if (split === null) {
      builder.setValues(node, problem.leafValues(range));
      continue;
    }
    gains[split.column]! += split.gain;
    const middle = partitionRows(soloTeam, range, { split, bins, memory: partition });
    const [left, right] = builder.split(node, split);
    open.push({ node: right, start: middle, end, depth: depth + 1 });
    open.push({ node: left, start, end: middle, depth: depth + 1 });
  }
  return builder.build();
}

/** The best split by columns drawn at random; if none of them can split the node, others are drawn. */
function drawSplit(
  problem: ForestProblem,
  range: RowRange,
  { columns, random, limits }: { columns: Int32Array; random: Random; limits: ForestLimits },
): Split | null {
  for (let first = 0; first < columns.length; first += limits.maxFeatures) {
    const last = Math.min(columns.length, first + limits.maxFeatures);
    for (let place = first; place < last; place += 1) {
      const other = place + random.integer(columns.length - place);
      const column = columns[place]!;
      columns[place] = columns[other]!;
      columns[other] = column;
    }
    const split = problem.bestSplit(columns.subarray(first, last), range);
    if (split !== null) return split;
  }
  return null;
}
