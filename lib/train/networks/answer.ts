/** What a network answers for a target, by which loss, and what is made of its answer. */
import { classTarget, type LossSpec, numberTarget } from '../../autodiff/index.ts';
import { invalidInput } from '../../core/index.ts';
import { attr, type GraphBuilder, type TensorData, type Value } from '../../onnx/index.ts';
import type { ClassTarget, EmittedModel, Target } from '../types.ts';
import type { TrainingSettings } from './training.ts';

/** How a network is held to a target. */
export interface Answer {
  /** Units of the network's last layer. */
  readonly outputs: number;
  readonly loss: LossSpec;
  /** What the loss takes for these rows. */
  targetOf(rows: readonly number[]): TensorData;
  /** From the network's last layer, [N, outputs], to the model's answer. */
  emit(builder: GraphBuilder, answer: Value): EmittedModel;
}

/**
 * Classes: the cross-entropy of a softmax, or of one sigmoid where there are two. Numbers: squared errors of the target
 * brought to mean 0 and standard deviation 1, in whose units `huber` changes from square to line at 1.
 *
 * @throws invalid_request `learner_loss` for a loss that is not for such a target, `learner_task` for label smoothing of
 *   numbers
 */
export function answerOf(target: Target, settings: TrainingSettings): Answer {
  if (target.task === 'regression') return numberAnswer(target.values, settings);
  const { loss = target.classes.length === 2 ? 'binary_cross_entropy' : 'cross_entropy' } = settings;
  if (loss === 'cross_entropy') return classAnswer(target, settings);
  if (loss !== 'binary_cross_entropy') {
    throw refuse(loss, 'is for numbers, and this target has classes. Use "cross_entropy"');
  }
  if (target.classes.length === 2) return twoClassAnswer(target, settings);
  throw refuse(loss, `is for two classes, and there are ${target.classes.length}. Use "cross_entropy"`);
}

const refuse = (loss: string, why: string) =>
  invalidInput(`The loss "${loss}" ${why}, or leave "loss" out.`, {
    code: 'learner_loss',
    param: 'parameters.loss',
  });

const smoothingOf = ({ label_smoothing: smoothing }: TrainingSettings) =>
  smoothing === undefined ? {} : { smoothing };

function classAnswer({ classes, codes }: ClassTarget, settings: TrainingSettings): Answer {
  return {
    outputs: classes.length,
    loss: { kind: 'cross-entropy', ...smoothingOf(settings) },
    targetOf: (rows) => classTarget(rows.map((row) => codes[row]!)),
    emit: (builder, score) => ({
      answer: builder.op('Softmax', [score], { axis: attr.int(1) }),
      score,
      style: 'other',
      units: 'log_odds',
    }),
  };
}

function twoClassAnswer({ codes }: ClassTarget, settings: TrainingSettings): Answer {
  return {
    outputs: 1,
    loss: { kind: 'binary-cross-entropy', ...smoothingOf(settings) },
    targetOf: (rows) => numberTarget(rows.map((row) => codes[row]!)),
    emit: (builder, score) => {
      // The sigmoids of both signs: small probabilities of either class keep their digits.
      const both = builder.op('Concat', [builder.op('Neg', [score]), score], { axis: attr.int(1) });
      return { answer: builder.op('Sigmoid', [both]), score, style: 'other', units: 'log_odds' };
    },
  };
}

const numberLosses = { squared_error: 'squared', absolute_error: 'absolute', huber: 'huber' } as const;

function numberAnswer(
  values: Float64Array,
  { loss = 'squared_error', label_smoothing: smoothing }: TrainingSettings,
): Answer {
  if (smoothing !== undefined) {
    throw invalidInput('"label_smoothing" is for classes, and this target has numbers. Leave it out.', {
      code: 'learner_task',
      param: 'parameters.label_smoothing',
    });
  }
  if (loss === 'poisson') return countAnswer(values);
  if (loss === 'cross_entropy' || loss === 'binary_cross_entropy') {
    throw refuse(loss, 'is for classes, and this target has numbers. Use "squared_error"');
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const spread = Math.sqrt(variance) || 1;
  return {
    outputs: 1,
    loss: { kind: numberLosses[loss] },
    targetOf: (rows) => numberTarget(rows.map((row) => (values[row]! - mean) / spread)),
    emit: (builder, scaled) =>
      valueModel(
        builder,
        builder.op('Add', [
          builder.op('Mul', [scaled, builder.floats([spread], [])]),
          builder.floats([mean], []),
        ]),
      ),
  };
}

/** The network gives the logarithm of the mean count, as a part of that of all rows. */
function countAnswer(values: Float64Array): Answer {
  const negative = values.findIndex((value) => value < 0);
  if (negative >= 0) {
    throw refuse(
      'poisson',
      `is for counts, and the target has the value ${values[negative]}. Use "squared_error"`,
    );
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length || 1;
  return {
    outputs: 1,
    loss: { kind: 'poisson' },
    targetOf: (rows) => numberTarget(rows.map((row) => values[row]! / mean)),
    emit: (builder, score) =>
      valueModel(builder, builder.op('Mul', [builder.op('Exp', [score]), builder.floats([mean], [])])),
  };
}

/** One value a row, [N, 1], is both answer and score. */
function valueModel(builder: GraphBuilder, values: Value): EmittedModel {
  const answer = builder.op('Squeeze', [values, builder.integers([1])]);
  return { answer, score: answer, style: 'other', units: 'value' };
}
