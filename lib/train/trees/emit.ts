/** Writes models of trees as ONNX graphs: their ensemble, and plain operators for the link. */
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { EmittedModel } from '../types.ts';
import { emitEnsemble } from './emit-ensemble.ts';
import { meanPathLength } from './fit-isolation-forest.ts';
import type { Boosting, Forest, IsolationForest } from './types.ts';

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

/**
 * Emits an isolation forest. The answer is float32 `[N]`, as `isolationScores` has it: 2^(-E[h(x)] / c(n)). Its logarithm
 * is a mean over the trees, so that leaves hold `-ln 2 h / c(n)` and explanations share that out.
 *
 * @param features float32 `[N, columns]`, NaN for missing values
 */
export function emitIsolationForest(
  builder: GraphBuilder,
  features: Value,
  { trees, samples }: IsolationForest,
): EmittedModel {
  const factor = -Math.LN2 / meanPathLength(samples);
  const leaves = trees.map((tree) => ({
    tree: { ...tree, values: tree.values.map((length) => factor * length) },
    ...{ first: 0, target: 0, count: 1 },
  }));
  const mean = emitEnsemble(builder, features, { leaves, targets: 1, aggregate: 'AVERAGE' });
  const score = builder.op('Squeeze', [mean, builder.integers([1])]);
  return { answer: builder.op('Exp', [score]), score, style: 'trees', units: 'log_value' };
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
