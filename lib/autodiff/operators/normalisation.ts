/** Normalisation over a batch or over features, and dropout. */
import { axisOf, type Gradient, type Operator } from '../operator.ts';
import type { TapeNode, Tensor } from '../types.ts';
import { reducedShape } from './reductions.ts';

const isTraining = (node: TapeNode): boolean => node.int('training_mode', 0) === 1;

/** All axes but the channels. */
const pooledAxes = ({ shape }: Tensor): readonly number[] => [...shape.keys()].filter((axis) => axis !== 1);

/** A vector over channels that broadcasts against the input. */
const byChannel = ({ m, x }: Gradient, tensor: Tensor): Tensor =>
  m.reshape(tensor, [-1, ...x.shape.slice(2).map(() => 1)]);

/** What a normalisation subtracted and divided by, and the axes it pooled. */
interface Standardised {
  readonly axes: readonly number[];
  /** The input with mean 0 and variance 1. */
  readonly values: Tensor;
  readonly inverseDeviation: Tensor;
  /** Whether mean and deviation were the input's own, so that they change with it. */
  readonly moves: boolean;
}

function standardisedBatch(gradient: Gradient): Standardised {
  const { m, x, input, outputs } = gradient;
  const axes = pooledAxes(x);
  const moves = isTraining(gradient);
  // With a momentum of 0 the second and third results are the batch's own mean and variance.
  const own = moves && gradient.float('momentum', 0.9) === 0 ? outputs.slice(1, 3) : null;
  const [mean, variance] = moves
    ? (own?.map((tensor) => byChannel(gradient, tensor)) ?? moments(gradient, axes))
    : [byChannel(gradient, input(3)), byChannel(gradient, input(4))];
  const inverseDeviation = m.div(1, m.sqrt(m.add(variance!, gradient.float('epsilon', 1e-5))));
  return { axes, values: m.mul(m.sub(x, mean!), inverseDeviation), inverseDeviation, moves };
}

function moments({ m, x }: Gradient, axes: readonly number[]): readonly [Tensor, Tensor] {
  const mean = m.mean(x, axes);
  const centred = m.sub(x, mean);
  return [mean, m.mean(m.mul(centred, centred), axes)];
}

function standardisedFeatures(gradient: Gradient): Standardised {
  const { m, x, outputs } = gradient;
  const first = axisOf(gradient, -1);
  const axes = [...x.shape.keys()].slice(first);
  const inverseDeviation = outputs[2]!;
  return { axes, values: m.mul(m.sub(x, outputs[1]!), inverseDeviation), inverseDeviation, moves: true };
}

/** Ioffe and Szegedy 2015, section 3: what the mean and the deviation undo is taken away. */
function standardisedGradient({ m }: Gradient, standardised: Standardised, scaled: Tensor): Tensor {
  const { axes, values, inverseDeviation, moves } = standardised;
  if (!moves) return m.mul(scaled, inverseDeviation);
  const centred = m.sub(scaled, m.mean(scaled, axes));
  return m.mul(m.sub(centred, m.mul(values, m.mean(m.mul(scaled, values), axes))), inverseDeviation);
}

/** Normalisations and dropout. */
export const normalisation: Readonly<Record<string, Operator>> = {
  /**
   * While training, results 1 and 2 are the running statistics (of the whole population, not of a sample).
   * onnxruntime writes them over inputs 3 and 4, so these must not be read again.
   */
  BatchNormalization: {
    infer: (node) => [node.input(0), ...(isTraining(node) ? [node.input(3), node.input(4)] : [])],
    results: (node) => (isTraining(node) ? 3 : 1),
    backward: [
      (gradient) => {
        const standardised = gradient.shared(() => standardisedBatch(gradient));
        const scaled = gradient.m.mul(gradient.d, byChannel(gradient, gradient.input(1)));
        return standardisedGradient(gradient, standardised, scaled);
      },
      (gradient) => {
        const { values, axes } = gradient.shared(() => standardisedBatch(gradient));
        return gradient.m.sum(gradient.m.mul(gradient.d, values), axes, false);
      },
      ({ m, d, x }) => m.sum(d, pooledAxes(x), false),
      // Running statistics are updated and not learnt.
      () => null,
      () => null,
    ],
  },
  LayerNormalization: {
    infer: (node) => {
      const { type, shape } = node.input(0);
      const pooled = [...shape.keys()].slice(axisOf(node, -1));
      const statistics = { type, shape: reducedShape(shape, pooled, true) };
      return [node.input(0), statistics, statistics];
    },
    results: () => 3,
    backward: [
      (gradient) => {
        const standardised = gradient.shared(() => standardisedFeatures(gradient));
        const scaled = gradient.m.mul(gradient.d, gradient.input(1));
        return standardisedGradient(gradient, standardised, scaled);
      },
      (gradient) => {
        const { values } = gradient.shared(() => standardisedFeatures(gradient));
        return gradient.m.mul(gradient.d, values);
      },
      ({ d }) => d,
    ],
  },
  /** Drops in training graphs only; what is kept is enlarged, so that the mean stays. */
  Dropout: {
    infer: (node) => [node.input(0), { type: 'bool', shape: node.input(0).shape }],
    results: () => 2,
    backward: [
      (gradient) => {
        const { m, d, outputs, numbers } = gradient;
        const [ratio] = numbers(1) ?? [0.5];
        const trains = numbers(2)?.[0] === 1;
        return trains ? m.mul(d, m.mul(m.mask(outputs[1]!, d), 1 / (1 - ratio!))) : d;
      },
      null,
      null,
    ],
  },
};
