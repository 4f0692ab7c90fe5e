/** Grows a tree best leaf first from gradients, the columns shared out among the members of a team. */
import type { Bins } from './bins.ts';
import { kernelsFor } from './kernels.ts';
import { createLeafHistograms, type LeafHistograms } from './leaf-histograms.ts';
import type { PairTotals } from './packing.ts';
import { kernelSeparate, type PartitionMemory, partitionRows, type Separate } from './partition.ts';
import { type SplitRules, UNBOUNDED, type ValueBounds } from './scan-bins.ts';
import { readSplit, writeSplit } from './shared-splits.ts';
import { bestPairSplit, childBounds, type PairSplit } from './split.ts';
import { shareOf, type Team } from './team.ts';
import { createTreeBuilder, type TreeBuilder } from './tree-builder.ts';

/** When a tree stops growing. */
export interface GrowthLimits {
  readonly maxLeaves: number;
  readonly maxDepth: number;
}

/** Memory the members share while they grow trees. */
export interface LeafwiseMemory {
  /** Where `bins.bytes`, `rows`, `pairs`, `scratch`, `sides` and the rows of `partition` lie. */
  readonly wasm: WebAssembly.Memory;
  readonly bins: Bins;
  /** Row numbers; a grown tree leaves the rows of each leaf side by side. */
  readonly rows: Int32Array;
  /** Gradient and packed row of row `r` at `2r` and `2r + 1`. */
  readonly pairs: Float64Array;
  /** One array of `scratchPlaces` a member. */
  readonly scratch: readonly Float64Array[];
  /** One array of BINS a member. */
  readonly sides: readonly Uint8Array[];
  readonly partition: PartitionMemory;
  /** Each member's best split for up to two nodes, see `shared-splits.ts`: `2 * SPLIT_FIELDS` places a member. */
  readonly splits: Float64Array;
}

/** A grown tree whose leaves have no values yet. */
export interface GrownTree {
  readonly builder: TreeBuilder;
  readonly leaves: readonly GrownLeaf[];
  readonly splits: readonly PairSplit[];
}

/** A leaf of a grown tree and where its rows are. */
export interface GrownLeaf extends ValueBounds {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly totals: PairTotals;
}

interface Leaf extends GrownLeaf {
  readonly depth: number;
  histogram: Float64Array;
  split: PairSplit | null;
}

/** What stays the same while one tree grows. */
interface Growth {
  readonly team: Team;
  readonly memory: LeafwiseMemory;
  readonly limits: GrowthLimits;
  readonly histograms: LeafHistograms;
  readonly separate: Separate;
  readonly rules: SplitRules;
}

/**
 * Prepares a member to grow the trees of one fit. The returned function must be called by all members at the
 * same step, and returns the same to all.
 */
export function createLeafwiseGrower(
  team: Team,
  memory: LeafwiseMemory,
  limits: GrowthLimits,
): (rules: SplitRules) => GrownTree {
  const kernels = kernelsFor(memory.wasm);
  const histograms = createLeafHistograms(kernels, {
    ...memory,
    scratch: memory.scratch[team.member]!,
    columns: shareOf(team, memory.bins.columns),
  });
  const separate = kernelSeparate(kernels, memory.sides[team.member]!);
  return (rules) => growTree({ team, memory, limits, histograms, separate, rules });
}

function growTree(growth: Growth): GrownTree {
  const { memory, limits, histograms } = growth;
  const builder = createTreeBuilder(memory.bins, 1);
  const node = builder.leaf();
  const histogram = histograms.build(0, { rows: memory.rows, start: 0, end: memory.rows.length });
  const totals = histograms.totals(histogram);
  const leaves: Leaf[] = [
    { ...UNBOUNDED, node, start: 0, end: memory.rows.length, depth: 0, totals, histogram, split: null },
  ];
  const splits: PairSplit[] = [];
  chooseSplits(growth, leaves);
  while (leaves.length < limits.maxLeaves) {
    const parent = takeBestLeaf(leaves);
    if (parent === null) break;
    const split = parent.split!;
    splits.push(split);
    const children = splitLeaf(growth, parent, builder.split(parent.node, split));
    leaves.push(...children);
    if (leaves.length < limits.maxLeaves && children.some((child) => canSplit(growth, child))) {
      fillHistograms(growth, children, splits.length);
      chooseSplits(growth, children);
    }
  }
  return { builder, leaves, splits };
}

/** Removes the leaf whose split gains most, the oldest of equals, and puts nothing in its place. */
function takeBestLeaf(leaves: Leaf[]): Leaf | null {
  let best = -1;
  for (let index = 0; index < leaves.length; index += 1) {
    const split = leaves[index]!.split;
    if (split !== null && (best < 0 || split.gain > leaves[best]!.split!.gain)) best = index;
  }
  return best < 0 ? null : leaves.splice(best, 1)[0]!;
}

/** Moves the rows of a leaf to its two children, which still borrow its histogram. */
function splitLeaf(
  { team, memory, separate, rules }: Growth,
  parent: Leaf,
  [leftNode, rightNode]: [number, number],
): [Leaf, Leaf] {
  const split = parent.split!;
  const { start, end, totals, histogram } = parent;
  const middle = partitionRows(
    team,
    { rows: memory.rows, start, end },
    { split, bins: memory.bins, memory: memory.partition, separate },
  );
  const right = {
    gradient: totals.gradient - split.left.gradient,
    packed: totals.packed - split.left.packed,
  };
  const shared = { depth: parent.depth + 1, histogram, split: null };
  const [lower, upper] = childBounds(split, { totals, bounds: parent }, rules);
  return [
    { ...shared, ...pickBounds(lower), node: leftNode, start, end: middle, totals: split.left },
    { ...shared, ...pickBounds(upper), node: rightNode, start: middle, end, totals: right },
  ];
}

/** The bounds may be those of the parent, a whole leaf. */
const pickBounds = ({ low, high }: ValueBounds): ValueBounds => ({ low, high });

/** Adds up the smaller child only; the larger one is what is left of the parent's histogram. */
function fillHistograms({ memory, histograms }: Growth, [left, right]: [Leaf, Leaf], slot: number): void {
  const [small, large] = left.end - left.start <= right.end - right.start ? [left, right] : [right, left];
  small.histogram = histograms.build(slot, { rows: memory.rows, start: small.start, end: small.end });
  histograms.subtract(large.histogram, small.histogram);
}

function canSplit({ limits, rules }: Growth, { depth, start, end }: Leaf): boolean {
  return depth < limits.maxDepth && end - start >= 2 * rules.minSamplesLeaf;
}

/** Finds the best split of one or two leaves: each member over its columns, then all over all members. */
function chooseSplits(growth: Growth, leaves: readonly Leaf[]): void {
  const { team, memory } = growth;
  for (const [side, leaf] of leaves.entries()) {
    const split = canSplit(growth, leaf) ? bestOwnSplit(growth, leaf) : null;
    writeSplit(memory.splits, 2 * team.member + side, split);
  }
  team.barrier();
  for (const [side, leaf] of leaves.entries()) {
    for (let member = 0; member < team.size; member += 1) {
      const split = readSplit(memory.splits, 2 * member + side);
      if (split !== null && (leaf.split === null || split.gain > leaf.split.gain)) leaf.split = split;
    }
  }
}

function bestOwnSplit({ team, memory, histograms, rules }: Growth, leaf: Leaf): PairSplit | null {
  const [first, last] = shareOf(team, memory.bins.columns);
  let best: PairSplit | null = null;
  for (let column = first; column < last; column += 1) {
    const split = bestPairSplit(
      histograms.column(leaf.histogram, column),
      { bins: memory.bins, column, totals: leaf.totals, bounds: leaf },
      rules,
    );
    if (split !== null && (best === null || split.gain > best.gain)) best = split;
  }
  return best;
}
