/** Dense networks: for what is bent in ways that no tree follows, given enough rows. */
import {
  activation,
  classTarget,
  dense,
  dropout,
  emitNetwork,
  type LossSpec,
  type Network,
  networkOf,
  numberTarget,
  sequence,
  type TrainingOptions,
  trainNetwork,
} from '../../autodiff/index.ts';
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import { type Matrix, takeRows } from '../../core/index.ts';
import { attr, floatTensor, type GraphBuilder, type TensorData, type Value } from '../../onnx/index.ts';
import type { FeatureBlock } from '../../preprocess/index.ts';
import { networkTraining } from '../network-training.ts';
import { holdOut } from '../trees/hold-out.ts';
import type { EmittedModel, FitOptions, Learner, Target } from '../types.ts';

type Settings = LearnerParameters<'network'>;

/** Below this many rows a tenth of them is too few to tell when to stop. */
const minRowsToStopEarly = 200;
const heldOutShare = 0.1;

const operators = { relu: 'Relu', tanh: 'Tanh', sigmoid: 'Sigmoid', gelu: 'Gelu', elu: 'Elu' } as const;

/**
 * Goodfellow, Bengio and Courville 2016, chapter 6. Classes by the cross-entropy of logits, of one logit for two; numbers by
 * the squared error of the target brought to mean 0 and standard deviation 1.
 */
export const networkLearner: Learner = {
  name: 'network',
  style: 'linear',
  resumable: true,
  fit: async (x, target, options) => {
    const settings = learnerParameters.network.parse(options.parameters ?? {});
    const answer = answerOf(target);
    const network = denseNetwork(x.columns, answer.outputs, settings);
    const scale = columnFactors(x.columns, options.layout);
    const { training, validation } = partRows(x, { target, answer, scale, settings, options });
    const { weights } = await trainNetwork(
      { network, loss: answer.loss, ...training, ...(validation && { validation }) },
      {
        ...networkTraining(options),
        ...optimizerOf(settings),
        epochs: settings.epochs,
        batchSize: settings.batch_size,
        ...(validation && { earlyStopping: { patience: settings.patience } }),
      },
    );
    return {
      emit: (builder, features) => {
        const scaled = scale ? builder.op('Mul', [features, builder.floats(scale)]) : features;
        const input = { value: scaled, type: 'float32', shape: ['N', x.columns] } as const;
        const { value } = emitNetwork(builder, network, { weights, inputs: { x: input } });
        return answer.emit(builder, value);
      },
    };
  },
};

function denseNetwork(inputs: number, outputs: number, settings: Settings): Network {
  const sizes = [inputs, ...settings.hidden];
  const hidden = settings.hidden.flatMap((units, index) => {
    const initial = { kind: 'he', fanIn: sizes[index]! } as const;
    const layer = dense(sizes[index]!, units, settings.activation === 'relu' ? { initial } : {});
    const after = activation(operators[settings.activation]);
    return settings.dropout > 0 ? [layer, after, dropout(settings.dropout)] : [layer, after];
  });
  return networkOf(sequence([...hidden, dense(sizes.at(-1)!, outputs)]), 'x');
}

/** Pixels are 0 to 255, all else is scaled already; null if there are none. */
function columnFactors(columns: number, layout: readonly FeatureBlock[] = []): Float32Array | null {
  if (layout.every(({ kind }) => kind !== 'pixels')) return null;
  const factors = new Float32Array(columns).fill(1);
  for (const { kind, start, size } of layout)
    if (kind === 'pixels') factors.fill(1 / 255, start, start + size);
  return factors;
}

/** What a network answers for a target, and what is made of that. */
interface Answer {
  readonly outputs: number;
  readonly loss: LossSpec;
  targetOf(rows: readonly number[]): TensorData;
  emit(builder: GraphBuilder, answer: Value): EmittedModel;
}

function answerOf(target: Target): Answer {
  if (target.task === 'regression') return numberAnswer(target.values);
  const classes = target.classes.length;
  const ofRows = (rows: readonly number[]): number[] => rows.map((row) => target.codes[row]!);
  if (classes === 2) {
    return {
      outputs: 1,
      loss: { kind: 'binary-cross-entropy' },
      targetOf: (rows) => numberTarget(ofRows(rows)),
      emit: (builder, score) => {
        // The sigmoids of both signs: small probabilities of either class keep their digits.
        const both = builder.op('Concat', [builder.op('Neg', [score]), score], { axis: attr.int(1) });
        return { answer: builder.op('Sigmoid', [both]), score, style: 'other', units: 'log_odds' };
      },
    };
  }
  return {
    outputs: classes,
    loss: { kind: 'cross-entropy' },
    targetOf: (rows) => classTarget(ofRows(rows)),
    emit: (builder, score) => ({
      answer: builder.op('Softmax', [score], { axis: attr.int(1) }),
      score,
      style: 'other',
      units: 'log_odds',
    }),
  };
}

function numberAnswer(values: Float64Array): Answer {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const spread = Math.sqrt(variance) || 1;
  return {
    outputs: 1,
    loss: { kind: 'squared' },
    targetOf: (rows) => numberTarget(rows.map((row) => (values[row]! - mean) / spread)),
    emit: (builder, scaled) => {
      const scores = builder.op('Add', [
        builder.op('Mul', [scaled, builder.floats([spread], [])]),
        builder.floats([mean], []),
      ]);
      const answer = builder.op('Squeeze', [scores, builder.integers([1])]);
      return { answer, score: answer, style: 'other', units: 'value' };
    },
  };
}

interface Parts {
  readonly target: Target;
  readonly answer: Answer;
  readonly scale: Float32Array | null;
  readonly settings: Settings;
  readonly options: FitOptions;
}

/** The rows to learn from and, where there are enough, those to watch. */
function partRows(x: Matrix, { target, answer, scale, settings, options }: Parts) {
  const all = Array.from({ length: x.rows }, (_, row) => row);
  const watches = settings.patience > 0 && x.rows >= minRowsToStopEarly;
  const strata =
    target.task === 'classification' ? Float64Array.from(target.codes) : new Float64Array(x.rows);
  const parts = watches ? holdOut(strata, heldOutShare, options.seed) : null;
  const examples = (rows: readonly number[]) => ({
    inputs: { x: rowsTensor(x, rows, scale) },
    target: answer.targetOf(rows),
    ...(options.weights && { weights: rows.map((row) => options.weights![row]!) }),
  });
  return {
    training: examples(parts?.trainingRows ?? all),
    ...(parts && { validation: examples(parts.validationRows) }),
  };
}

function rowsTensor(x: Matrix, rows: readonly number[], scale: Float32Array | null): TensorData {
  const { data } = rows.length === x.rows ? x : takeRows(x, rows);
  const scaled = scale ? data.map((value, index) => value * scale[index % x.columns]!) : data;
  return floatTensor(scaled, [rows.length, x.columns]);
}

function optimizerOf(settings: Settings): Pick<TrainingOptions, 'optimizer' | 'learningRate' | 'penalty'> {
  const { optimizer: kind, momentum, weight_decay: weightDecay, learning_rate: learningRate } = settings;
  const rate = learningRate !== undefined && { learningRate };
  if (kind === 'lbfgs') return { optimizer: { kind }, penalty: { l2: weightDecay } };
  const moving = kind === 'sgd' || kind === 'rmsprop' ? { momentum } : {};
  return { optimizer: { kind, weightDecay, ...moving } as TrainingOptions['optimizer'], ...rate };
}
