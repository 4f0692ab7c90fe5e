/** Grows one tree of a forest, depth first, with fresh columns to choose from at every split. */
import type { Random } from '../../core/index.ts';
import type { Bins } from './bins.ts';
import type { ForestProblem, Sample } from './forest-problem.ts';
import type { NodeRows } from './node-rows.ts';
import { type PartitionMemory, partitionRows } from './partition.ts';
import type { RowCopier } from './row-copier.ts';
import type { Split } from './split.ts';
import { soloTeam } from './team.ts';
import { createTreeBuilder } from './tree-builder.ts';
import type { Tree } from './types.ts';

/** When a tree stops growing, and how many columns a split may choose from. */
export interface ForestLimits {
  readonly maxDepth: number;
  readonly minSamplesLeaf: number;
  readonly maxFeatures: number;
  readonly thresholds: 'best' | 'random';
}

/** What a member needs to grow trees; the memory is used again by every tree. */
export interface ForestGrower {
  readonly bins: Bins;
  readonly problem: ForestProblem;
  readonly limits: ForestLimits;
  readonly copier: RowCopier;
  readonly partition: PartitionMemory;
}

/**
 * Grows a tree over a sample, whose rows it reorders.
 *
 * @param gains the gain of each split is added to its column's place
 */
export function growForestTree(
  { bins, problem, limits, copier, partition }: ForestGrower,
  sample: Sample,
  { random, gains }: { random: Random; gains: Float64Array },
): Tree {
  const builder = createTreeBuilder(bins, problem.outputs);
  const columns = Int32Array.from({ length: bins.columns }, (_, column) => column);
  const { rows } = sample;
  const whole = problem.start(sample);
  const open = [{ node: builder.leaf(), block: whole, start: 0, end: rows.length, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, start, end, depth } = next;
    const range = { rows, start, end };
    // Depth first means that a copy is no longer needed when the next one is made.
    const block =
      next.block === whole && copier.fits(end - start) ? copier.copy({ block: whole, range }) : next.block;
    const nodeRows = { block, range };
    const mayGain = problem.enter(nodeRows);
    const maySplit = mayGain && depth < limits.maxDepth && end - start >= 2 * limits.minSamplesLeaf;
    const split = maySplit ? drawSplit(problem, nodeRows, { columns, random, limits }) : null;
    if (split === null) {
      builder.setValues(node, problem.leafValues(), end - start);
      continue;
    }
    gains[split.column]! += split.gain;
    const middle = partitionRows(soloTeam, range, { split, bins: block.bins, memory: partition });
    const [left, right] = builder.split(node, split);
    open.push({ node: right, block, start: middle, end, depth: depth + 1 });
    open.push({ node: left, block, start, end: middle, depth: depth + 1 });
  }
  return builder.build();
}

/** The best split by columns drawn at random; if none of them can split the node, others are drawn. */
function drawSplit(
  problem: ForestProblem,
  nodeRows: NodeRows,
  { columns, random, limits }: { columns: Int32Array; random: Random; limits: ForestLimits },
): Split | null {
  const thresholds = limits.thresholds === 'random' ? random : null;
  for (let first = 0; first < columns.length; first += limits.maxFeatures) {
    const last = Math.min(columns.length, first + limits.maxFeatures);
    for (let place = first; place < last; place += 1) {
      const other = place + random.integer(columns.length - place);
      const column = columns[place]!;
      columns[place] = columns[other]!;
      columns[other] = column;
    }
    const split = problem.bestSplit(columns.subarray(first, last), nodeRows, thresholds);
    if (split !== null) return split;
  }
  return null;
}
