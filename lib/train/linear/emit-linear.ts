/** Writes a fitted linear model as nodes of an ONNX graph. */
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { EmittedModel } from '../types.ts';
import type { LinearModel } from './model.ts';

/** ONNX's numbers for element types. */
const float = attr.int(1);
const double = attr.int(11);

/**
 * Adds the model to a graph.
 *
 * Products and sums are float64: on features that are not scaled, a large intercept that cancels against large
 * products would cost float32 most of its digits. Only the answer is rounded.
 *
 * @param features float32 [N, features]
 * @returns an answer float32: probabilities [N, classes] for classification, values [N] for regression
 */
export function emitLinear(builder: GraphBuilder, features: Value, model: LinearModel): EmittedModel {
  const { weights, intercepts, outputs } = logitWeights(model);
  const columns = weights.length / outputs;
  const wide = builder.op('Cast', [features], { to: double });
  const products = builder.op('MatMul', [
    wide,
    builder.constant({ type: 'float64', dims: [columns, outputs], data: weights }, 'coefficients'),
  ]);
  const sums = builder.op('Add', [
    products,
    builder.constant({ type: 'float64', dims: [outputs], data: intercepts }, 'intercepts'),
  ]);
  const answers = builder.op('Cast', [sums], { to: float });
  if (model.task === 'regression') {
    const answer = builder.op('Squeeze', [answers, builder.integers([1])]);
    return { answer, score: sums, style: 'linear', units: 'value' };
  }
  const answer = builder.op('Softmax', [answers], { axis: attr.int(1) });
  return { answer, score: sums, style: 'linear', units: 'log_odds' };
}

interface LogitWeights {
  /** Row-major [features, outputs]. */
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
  readonly outputs: number;
}

function logitWeights(model: LinearModel): LogitWeights {
  if (model.task === 'regression') {
    return { weights: model.coefficients, intercepts: Float64Array.of(model.intercept), outputs: 1 };
  }
  const { classes, features, coefficients, intercepts } = model;
  const weights = new Float64Array(features * classes);
  const offsets = new Float64Array(classes);
  // Two classes: the softmax of (0, log-odds), which keeps small probabilities of either class exact.
  const first = classes === 2 ? 1 : 0;
  for (let output = first; output < classes; output += 1) {
    const row = output - first;
    offsets[output] = intercepts[row]!;
    for (let feature = 0; feature < features; feature += 1) {
      weights[feature * classes + output] = coefficients[row * features + feature]!;
    }
  }
  return { weights, intercepts: offsets, outputs: classes };
}
