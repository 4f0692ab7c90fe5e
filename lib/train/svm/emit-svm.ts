/** Writes support vector machines as nodes of an ONNX graph. */

import { type Matrix, takeRows } from '../../core/index.ts';
import { type Attributes, attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { EmittedModel } from '../types.ts';
import type { Kernel } from './kernel.ts';
import type { KernelClassifier } from './kernel-classifier.ts';
import type { KernelMachine } from './kernel-svm.ts';
import type { LinearScore } from './linear-svm.ts';

const classical = { domain: 'ai.onnx.ml' } as const;

/**
 * One calibrated linear machine for each of three classes or more: its log-odds, brought to probabilities that add up.
 *
 * @param features float32 [N, features]
 */
export function emitOneAgainstRest(
  builder: GraphBuilder,
  features: Value,
  scores: readonly LinearScore[],
): EmittedModel {
  const columns = scores[0]!.coefficients.length;
  const weights = new Float64Array(columns * scores.length);
  for (const [label, { coefficients }] of scores.entries()) {
    for (const [column, weight] of coefficients.entries()) weights[column * scores.length + label] = weight;
  }
  const wide = builder.op('Cast', [features], { to: attr.int(11) });
  const dims = [columns, scores.length];
  const matrix = builder.constant({ type: 'float64', dims, data: weights }, 'coefficients');
  const data = Float64Array.from(scores, ({ intercept }) => intercept);
  const intercepts = builder.constant({ type: 'float64', dims: [scores.length], data }, 'intercepts');
  const score = builder.op('Add', [builder.op('MatMul', [wide, matrix]), intercepts]);
  const shares = builder.op('Sigmoid', [score]);
  const total = builder.op('ReduceSum', [shares, builder.integers([1])], { keepdims: attr.int(1) });
  const answer = builder.op('Cast', [builder.op('Div', [shares, total])], { to: attr.int(1) });
  return { answer, score, style: 'linear', units: 'log_odds' };
}

/**
 * Probabilities of the classes: for two by the sigmoid of their machine, for more by all pairs as one `SVMClassifier`,
 * whose order of pairs and way to join their probabilities are LIBSVM's.
 *
 * @param features float32 [N, features]
 * @param classes number of classes; those without a machine get the probability 0
 */
export function emitKernelClassifier(
  builder: GraphBuilder,
  features: Value,
  classifier: KernelClassifier,
  { kernel, classes }: { readonly kernel: Kernel; readonly classes: number },
): EmittedModel {
  const { present } = classifier;
  const emit = present.length === 2 ? emitPair : emitPairs;
  const shares = emit(builder, features, classifier, kernel);
  const answer = present.length === classes ? shares : spread(builder, shares, present, classes);
  return { answer, score: answer, style: 'other', units: 'probability' };
}

/** The operator's own probabilities of two classes are only as near as its search for them ends, so it is not asked. */
function emitPair(
  builder: GraphBuilder,
  features: Value,
  { vectors, coefficients, intercepts, sigmoids }: KernelClassifier,
  kernel: Kernel,
): Value {
  const machine = { coefficients, intercept: intercepts[0]! };
  const decisions = emitMachine(builder, features, machine, { kernel, rows: vectors });
  const { slope, offset } = sigmoids[0]!;
  const scaled = builder.op('Mul', [decisions, builder.floats([-slope, 0], [2])]);
  const logits = builder.op('Add', [scaled, builder.floats([-offset, 0], [2])]);
  return builder.op('Softmax', [logits], { axis: attr.int(1) });
}

function emitPairs(
  builder: GraphBuilder,
  features: Value,
  { present, vectors, vectorsPerClass, coefficients, intercepts, sigmoids }: KernelClassifier,
  kernel: Kernel,
): Value {
  const attributes = {
    ...kernelAttributes(kernel),
    classlabels_ints: attr.ints(present),
    coefficients: attr.floats(coefficients),
    prob_a: attr.floats(sigmoids.map(({ slope }) => slope)),
    prob_b: attr.floats(sigmoids.map(({ offset }) => offset)),
    rho: attr.floats(intercepts),
    support_vectors: attr.floats(vectors.data),
    vectors_per_class: attr.ints(vectorsPerClass),
  };
  return builder.ops('SVMClassifier', 2, [features], attributes, classical)[1]!;
}

/** Columns of 0 for the classes without a machine. */
function spread(builder: GraphBuilder, shares: Value, present: readonly number[], classes: number): Value {
  const places = new Float32Array(present.length * classes);
  for (const [at, label] of present.entries()) places[at * classes + label] = 1;
  return builder.op('MatMul', [shares, builder.floats(places, [present.length, classes])]);
}

/**
 * Support vector regression.
 *
 * @param features float32 [N, features]
 * @param rows what the machine was fitted on
 */
export function emitKernelValues(
  builder: GraphBuilder,
  features: Value,
  machine: KernelMachine,
  fitted: { readonly kernel: Kernel; readonly rows: Matrix },
): EmittedModel {
  const values = emitMachine(builder, features, machine, fitted);
  const answer = builder.op('Squeeze', [values, builder.integers([1])]);
  return { answer, score: answer, style: 'other', units: 'value' };
}

/** What one machine gives, float32 [N, 1], by an `SVMRegressor` of its support vectors. */
function emitMachine(
  builder: GraphBuilder,
  features: Value,
  { coefficients, intercept }: KernelMachine,
  { kernel, rows }: { readonly kernel: Kernel; readonly rows: Matrix },
): Value {
  const numbers = Uint32Array.from(coefficients, (_, row) => row).filter((row) => coefficients[row] !== 0);
  // Where nothing lies outside of epsilon: the operator cannot do without a vector, so it gets one that counts nothing.
  const used = numbers.length > 0 ? numbers : Uint32Array.of(0);
  const attributes = {
    ...kernelAttributes(kernel),
    coefficients: attr.floats(Float64Array.from(used, (row) => coefficients[row]!)),
    n_supports: attr.int(used.length),
    rho: attr.floats([intercept]),
    support_vectors: attr.floats(takeRows(rows, used).data),
  };
  return builder.op('SVMRegressor', [features], attributes, classical);
}

function kernelAttributes({ kind, gamma, coef0, degree }: Kernel): Attributes {
  return {
    kernel_type: attr.string(kind === 'rbf' ? 'RBF' : 'POLY'),
    kernel_params: attr.floats([gamma, coef0, degree]),
  };
}
