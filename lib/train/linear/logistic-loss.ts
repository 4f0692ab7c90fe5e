/** The logistic losses with their gradients, as one ONNX graph that runs over the rows chunk by chunk. */
import type { Objective } from '../../autodiff/index.ts';
import type { Matrix } from '../../core/index.ts';
import type { GraphBuilder, TensorData, Value } from '../../onnx/index.ts';
import { attr, createGraphBuilder, createSession, encodeModel } from '../../onnx/index.ts';
import { rowChunks } from './chunks.ts';
import type { ColumnScales } from './columns.ts';

/** Labelled rows and the coordinates in which their features are taken. */
export interface LogisticData {
  readonly x: Matrix;
  /** Class number of each row. */
  readonly labels: Int32Array;
  /** One non-negative weight a row; all 1 when left out. */
  readonly weights?: Float64Array | undefined;
  readonly scales: ColumnScales;
  /** 1 for two classes (the log-odds of class 1), else the number of classes (logits of a softmax). */
  readonly outputs: number;
}

/** The compiled loss, for as many sets of rows as needed. */
export interface LogisticLoss {
  /** The summed loss over rows as a function of the coefficients [columns, outputs] and then the intercepts [outputs]. */
  over(data: LogisticData): Objective;
  release(): Promise<void>;
}

type Feeds = Readonly<Record<'features' | 'labels' | 'weights', TensorData>>;

/**
 * Prepares the graph. Features and products are float32; the losses of the rows are added in float64, as are the
 * chunks: rounding is that of single rows and does not grow with their number.
 *
 * @param outputs as in the data
 */
export async function createLogisticLoss(outputs: number): Promise<LogisticLoss> {
  const session = await createSession(lossGraph(outputs));
  const over = (data: LogisticData): Objective => {
    const { columns } = data.x;
    const chunks = prepareChunks(data);
    return async (point, gradient) => {
      const split = columns * outputs;
      const parameters = {
        coefficients: float32(point.subarray(0, split), [columns, outputs]),
        intercepts: float32(point.subarray(split), [outputs]),
      };
      gradient.fill(0);
      let loss = 0;
      for (const chunk of chunks) {
        const result = await session.run({ ...chunk, ...parameters });
        loss += (result.loss!.data as Float64Array)[0]!;
        addTo(gradient.subarray(0, split), result.coefficients_gradient!.data as Float32Array);
        addTo(gradient.subarray(split), result.intercepts_gradient!.data as Float32Array);
      }
      return loss;
    };
  };
  return { over, release: () => session.release() };
}

/** Scaled features, one-hot labels and weights of every chunk. */
function prepareChunks({ x, labels, weights, scales, outputs }: LogisticData): readonly Feeds[] {
  return rowChunks(x).map(({ start, end, features }) => {
    const targets = new Float32Array((end - start) * outputs);
    for (let row = start; row < end; row += 1) {
      if (outputs === 1) targets[row - start] = labels[row]!;
      else targets[(row - start) * outputs + labels[row]!] = 1;
    }
    return {
      features: { ...features, data: scaled(features.data as Float32Array, scales) },
      labels: { type: 'float32', dims: [end - start, outputs], data: targets },
      weights: {
        type: 'float32',
        dims: [end - start, 1],
        data: weights
          ? new Float32Array(weights.subarray(start, end))
          : new Float32Array(end - start).fill(1),
      },
    };
  });
}

/** Row-major features in the coordinates of the search; the same array when they are already. */
function scaled(values: Float32Array, { centre, scale }: ColumnScales): Float32Array {
  if (centre.every((value) => value === 0) && scale.every((value) => value === 1)) return values;
  const result = new Float32Array(values.length);
  for (let at = 0; at < values.length; ) {
    for (let column = 0; column < centre.length; column += 1, at += 1) {
      result[at] = (values[at]! - centre[column]!) * scale[column]!;
    }
  }
  return result;
}

function lossGraph(outputs: number): Uint8Array {
  const builder = createGraphBuilder('logistic_loss');
  const features = builder.input('features', 'float32', ['rows', 'columns']);
  const labels = builder.input('labels', 'float32', ['rows', outputs]);
  const weights = builder.input('weights', 'float32', ['rows', 1]);
  const coefficients = builder.input('coefficients', 'float32', ['columns', outputs]);
  const intercepts = builder.input('intercepts', 'float32', [outputs]);
  const logits = builder.op('Gemm', [features, coefficients, intercepts]);
  const { losses, probabilities } = (outputs === 1 ? binomial : multinomial)(builder, logits, labels);
  const weighted = builder.op('Mul', [losses, weights]);
  const exact = builder.op('Cast', [weighted], { to: attr.int(11) });
  const errors = builder.op('Mul', [builder.op('Sub', [probabilities, labels]), weights]);
  const gradient = builder.op('Gemm', [features, errors], { transA: attr.int(1) });
  const sums = builder.op('ReduceSum', [errors, builder.integers([0])], { keepdims: attr.int(0) });
  builder.output('loss', builder.op('ReduceSum', [exact], { keepdims: attr.int(0) }), 'float64', []);
  builder.output('coefficients_gradient', gradient, 'float32', ['columns', outputs]);
  builder.output('intercepts_gradient', sums, 'float32', [outputs]);
  return encodeModel(builder.model());
}

interface Losses {
  /** [rows, outputs]; adds up to the loss. */
  readonly losses: Value;
  readonly probabilities: Value;
}

/** log(1 + exp(z)) - y z. */
function binomial(builder: GraphBuilder, logits: Value, labels: Value): Losses {
  const softplus = builder.op('Softplus', [logits]);
  const losses = builder.op('Sub', [softplus, builder.op('Mul', [labels, logits])]);
  return { losses, probabilities: builder.op('Sigmoid', [logits]) };
}

/** Cross-entropy of the softmax. */
function multinomial(builder: GraphBuilder, logits: Value, labels: Value): Losses {
  const logarithms = builder.op('LogSoftmax', [logits], { axis: attr.int(1) });
  const losses = builder.op('Neg', [builder.op('Mul', [logarithms, labels])]);
  return { losses, probabilities: builder.op('Exp', [logarithms]) };
}

const float32 = (values: Float64Array, dims: readonly number[]): TensorData => ({
  type: 'float32',
  dims,
  data: new Float32Array(values),
});

function addTo(target: Float64Array, terms: Float32Array): void {
  for (let index = 0; index < target.length; index += 1) target[index]! += terms[index]!;
}
