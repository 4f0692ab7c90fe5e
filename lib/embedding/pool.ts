/** Pooling as nodes of the graph: the vectors of a text's tokens become one, in any runtime. */

import type { Pooling } from '../contracts/embedding.ts';
import {
  attr,
  createGraphBuilder,
  type GraphBuilder,
  type GraphModel,
  type Value,
  type ValueInfo,
} from '../onnx/index.ts';

/** Keeps an empty text from being divided by nothing; as sentence-transformers and PyTorch have it. */
const smallestCount = 1e-9;
const smallestLength = 1e-12;

/** What is pooled. */
export interface PoolingPlan {
  /** Vectors of tokens, or with `none` of texts. */
  readonly source: ValueInfo;
  readonly mask: ValueInfo;
  readonly pooling: Pooling;
  readonly normalize: boolean;
  readonly dimensions: number;
  /** Name of the output. */
  readonly output: string;
}

/**
 * The nodes that follow those of the model, and the output they end in.
 *
 * They are the same in every version of the operator set from 8 on (11 for `last`): sums are products of matrices, since
 * the operators that reduce have changed.
 */
export function poolingGraph({ source, mask, pooling, ...plan }: PoolingPlan): GraphModel {
  const graph = createGraphBuilder('pooling', { prefix: '__pooling_' });
  const given = graph.input(source.name, source.type, source.shape);
  const values = source.type === 'float32' ? given : toFloat(graph, given);
  const attended = mask.name === source.name ? given : graph.input(mask.name, mask.type, mask.shape);
  const pooled = pooling === 'none' ? values : pool(graph, { values, mask: attended, pooling });
  const vector = plan.normalize ? unitLength(graph, pooled) : pooled;
  const batch = source.shape[0] || 'texts';
  graph.output(plan.output, vector, 'float32', [batch, plan.dimensions]);
  return graph.graph();
}

const float32Code = 1;
const toFloat = (graph: GraphBuilder, value: Value): Value =>
  graph.op('Cast', [value], { to: attr.int(float32Code) });

/** [texts, tokens, dimensions] to [texts, dimensions]. */
function pool(
  graph: GraphBuilder,
  { values, mask, pooling }: { readonly values: Value; readonly mask: Value; readonly pooling: Pooling },
): Value {
  if (pooling === 'cls') return graph.op('Gather', [values, graph.integers([0], [])], { axis: attr.int(1) });
  const weights = toFloat(graph, mask);
  const row = graph.op('Reshape', [weights, graph.integers([0, 1, -1])]);
  const column = graph.op('Reshape', [weights, graph.integers([0, -1, 1])]);
  // The mask holds zeros and ones, so that it times itself counts the tokens: [texts, 1, 1].
  const count = graph.op('MatMul', [row, column]);
  if (pooling === 'mean') {
    const mean = graph.op('Div', [graph.op('MatMul', [row, values]), atLeast(graph, count, smallestCount)]);
    return graph.op('Reshape', [mean, graph.integers([0, -1])]);
  }
  const place = graph.op('CumSum', [row, graph.integers([2], [])]);
  const isLast = graph.op('Mul', [toFloat(graph, graph.op('Equal', [place, count])), row]);
  return graph.op('Reshape', [graph.op('MatMul', [isLast, values]), graph.integers([0, -1])]);
}

/** [texts, dimensions] divided by their lengths. */
function unitLength(graph: GraphBuilder, vectors: Value): Value {
  const row = graph.op('Reshape', [vectors, graph.integers([0, 1, -1])]);
  const column = graph.op('Reshape', [vectors, graph.integers([0, -1, 1])]);
  const length = graph.op('Sqrt', [graph.op('MatMul', [row, column])]);
  const unit = graph.op('Div', [row, atLeast(graph, length, smallestLength)]);
  return graph.op('Reshape', [unit, graph.integers([0, -1])]);
}

const atLeast = (graph: GraphBuilder, value: Value, least: number): Value =>
  graph.op('Max', [value, graph.floats([least], [])]);
