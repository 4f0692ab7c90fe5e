/** Writes trees as one TreeEnsembleRegressor of ai.onnx.ml 3, which every runtime knows. */
import { type Attributes, attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { Tree } from './types.ts';
import { type UnfoldedTree, unfoldSets } from './unfold-sets.ts';

/** A tree whose leaf values `first` to `first + count - 1` go to the targets from `target` on. */
export interface EnsembleTree {
  readonly tree: Tree;
  readonly first: number;
  readonly target: number;
  readonly count: number;
}

/**
 * Sums or means of leaf values, float32 `[N, targets]`.
 *
 * TreeEnsembleRegressor serves classification too: TreeEnsembleClassifier guesses its label rule from the signs of
 * the weights, and answers wrong labels for two classes.
 */
export function emitEnsemble(
  builder: GraphBuilder,
  features: Value,
  options: { leaves: readonly EnsembleTree[]; targets: number; aggregate: 'SUM' | 'AVERAGE' },
): Value {
  const attributes = {
    ...nodeAttributes(options.leaves.map(({ tree }) => tree)),
    ...leafAttributes(options.leaves),
    n_targets: attr.int(options.targets),
    aggregate_function: attr.string(options.aggregate),
    post_transform: attr.string('NONE'),
  };
  return builder.op('TreeEnsembleRegressor', [features], attributes, { domain: 'ai.onnx.ml', hint: 'trees' });
}

function nodeAttributes(trees: readonly Tree[]): Attributes {
  const flat = trees.map(unfoldSets);
  const collect = (pick: (nodes: UnfoldedTree) => readonly number[]): number[] => flat.flatMap(pick);
  return {
    nodes_treeids: attr.ints(flat.flatMap(({ modes }, index) => modes.map(() => index))),
    nodes_nodeids: attr.ints(flat.flatMap(({ modes }) => modes.map((_, node) => node))),
    nodes_featureids: attr.ints(collect(({ features }) => features)),
    nodes_modes: attr.strings(flat.flatMap(({ modes }) => modes)),
    nodes_values: attr.floats(collect(({ values }) => values)),
    nodes_truenodeids: attr.ints(collect(({ whenTrue }) => whenTrue)),
    nodes_falsenodeids: attr.ints(collect(({ whenFalse }) => whenFalse)),
    nodes_missing_value_tracks_true: attr.ints(collect(({ missingTrue }) => missingTrue)),
    // ONNX's place for how often a node is reached: explanations weigh branches by it.
    nodes_hitrates: attr.floats(collect(({ covers }) => covers)),
  };
}

function leafAttributes(leaves: readonly EnsembleTree[]): Attributes {
  const treeIds: number[] = [];
  const nodeIds: number[] = [];
  const targetIds: number[] = [];
  const weights: number[] = [];
  for (const [index, { tree, first, target, count }] of leaves.entries()) {
    const outputs = tree.values.length / tree.feature.length;
    for (let node = 0; node < tree.feature.length; node += 1) {
      if (tree.feature[node]! >= 0) continue;
      for (let output = 0; output < count; output += 1) {
        const weight = tree.values[node * outputs + first + output]!;
        // Pure leaves of many classes are mostly zeros, which change no sum.
        if (weight === 0 && count > 1) continue;
        treeIds.push(index);
        nodeIds.push(node);
        targetIds.push(target + output);
        weights.push(weight);
      }
    }
  }
  return {
    target_treeids: attr.ints(treeIds),
    target_nodeids: attr.ints(nodeIds),
    target_ids: attr.ints(targetIds),
    target_weights: attr.floats(weights),
  };
}
