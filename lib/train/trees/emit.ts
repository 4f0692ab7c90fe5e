/** Writes tree ensembles as ONNX graphs: one TreeEnsembleRegressor, and plain operators for the link. */
import { type Attributes, attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { EmittedModel } from '../types.ts';
import type { Boosting, Forest, Tree } from './types.ts';

/**
 * Emits a forest. The answer is float32: class probabilities `[N, classes]`, or predicted values `[N]`.
 *
 * @param features float32 `[N, columns]`, NaN for missing values
 */
export function emitForest(builder: GraphBuilder, features: Value, forest: Forest): EmittedModel {
  const { task, outputs, baseline, trees } = forest;
  // Two class shares add up to 1, so the second one is enough.
  const first = outputs === 2 ? 1 : 0;
  const targets = outputs - first;
  const leaves = trees.map((tree) => ({ tree, first, target: 0, count: targets }));
  const mean = emitEnsemble(builder, features, { leaves, targets, aggregate: 'AVERAGE' });
  if (task === 'regression') {
    const value = emitColumn(builder, mean, baseline);
    return { answer: value, score: value, style: 'trees', units: 'value' };
  }
  const answer = outputs === 2 ? emitBothClasses(builder, mean) : mean;
  return { answer, score: mean, style: 'trees', units: 'probability' };
}

/**
 * Emits a boosted ensemble. The answer is float32: class probabilities `[N, classes]`, or predicted values `[N]`.
 *
 * @param features float32 `[N, columns]`, NaN for missing values
 */
export function emitBoosting(builder: GraphBuilder, features: Value, boosting: Boosting): EmittedModel {
  const { loss, outputs, baseline, trees } = boosting;
  const leaves = trees.map((tree, index) => ({ tree, first: 0, target: index % outputs, count: 1 }));
  const sum = emitEnsemble(builder, features, { leaves, targets: outputs, aggregate: 'SUM' });
  if (loss === 'squared_error' || loss === 'quantile' || loss === 'poisson') {
    const score = emitColumn(builder, sum, baseline[0]!);
    return loss === 'poisson'
      ? { answer: builder.op('Exp', [score]), score, style: 'trees', units: 'log_value' }
      : { answer: score, score, style: 'trees', units: 'value' };
  }
  const scores = builder.op('Add', [sum, builder.floats(baseline, [outputs], 'baseline')]);
  const answer =
    loss === 'binary_log_loss'
      ? emitBothClasses(builder, builder.op('Sigmoid', [scores]))
      : builder.op('Softmax', [scores], { axis: attr.int(1) });
  return { answer, score: scores, style: 'trees', units: 'log_odds' };
}

/** `[N, 1]` to `[N]`, shifted last so that a large baseline does not blur the sum of small leaf values. */
function emitColumn(builder: GraphBuilder, values: Value, baseline: number): Value {
  const flat = builder.op('Squeeze', [values, builder.integers([1])]);
  return builder.op('Add', [flat, builder.floats([baseline], [], 'baseline')]);
}

/** `[N, 1]` probabilities of the second class to `[N, 2]` of both. */
function emitBothClasses(builder: GraphBuilder, second: Value): Value {
  const first = builder.op('Sub', [builder.floats([1], []), second]);
  return builder.op('Concat', [first, second], { axis: attr.int(1) });
}

/** A tree whose leaf values `first` to `first + count - 1` go to the targets from `target` on. */
interface EnsembleTree {
  readonly tree: Tree;
  readonly first: number;
  readonly target: number;
  readonly count: number;
}

/**
 * TreeEnsembleRegressor serves classification too: TreeEnsembleClassifier guesses its label rule from the signs of
 * the weights, and answers wrong labels for two classes.
 */
function emitEnsemble(
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
  const sizes = trees.map(({ feature }) => feature.length);
  const atNode = (pick: (tree: Tree, node: number) => number): number[] =>
    trees.flatMap((tree) => Array.from(tree.feature, (_, node) => pick(tree, node)));
  const atSplit = (pick: (tree: Tree, node: number) => number): number[] =>
    atNode((tree, node) => (tree.feature[node]! < 0 ? 0 : pick(tree, node)));
  const modes = trees.flatMap(({ feature }) =>
    Array.from(feature, (column) => (column < 0 ? 'LEAF' : 'BRANCH_LEQ')),
  );
  return {
    nodes_treeids: attr.ints(sizes.flatMap((size, index) => new Array<number>(size).fill(index))),
    nodes_nodeids: attr.ints(atNode((_, node) => node)),
    nodes_featureids: attr.ints(atSplit((tree, node) => tree.feature[node]!)),
    nodes_modes: attr.strings(modes),
    nodes_values: attr.floats(atSplit((tree, node) => tree.threshold[node]!)),
    nodes_truenodeids: attr.ints(atSplit((tree, node) => tree.left[node]!)),
    nodes_falsenodeids: attr.ints(atSplit((tree, node) => tree.right[node]!)),
    nodes_missing_value_tracks_true: attr.ints(atSplit((tree, node) => tree.missingLeft[node]!)),
    // ONNX's place for how often a node is reached: explanations weigh branches by it.
    nodes_hitrates: attr.floats(atNode((tree, node) => tree.cover[node]!)),
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
