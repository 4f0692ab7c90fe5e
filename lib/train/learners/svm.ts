/** Linear support vector machine: a plane that keeps its distance from the rows of both sides. */
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import { invalidInput } from '../../core/index.ts';
import { emitLinear } from '../linear/index.ts';
import {
  emitOneAgainstRest,
  fitLinearClassifier,
  fitLinearRegressor,
  type LinearScore,
} from '../svm/index.ts';
import type { FittedLearner, Learner, Target } from '../types.ts';

const losses = {
  classification: ['squared_hinge', 'hinge'],
  regression: ['epsilon_insensitive', 'squared_epsilon_insensitive'],
} as const;

/**
 * Cortes and Vapnik 1995; the objectives of scikit-learn's `LinearSVC` and, on a standardised target, `LinearSVR`.
 * Probabilities are Platt's, on decisions of rows that were held out.
 */
export const svmLearner: Learner = {
  name: 'svm',
  style: 'linear',
  fit: async (x, target, options) => {
    const settings = learnerParameters.svm.parse(options.parameters ?? {});
    const loss = lossOf(settings, target.task);
    const machine = {
      ...options,
      C: settings.C,
      squared: loss.startsWith('squared'),
      maxSweeps: settings.iterations,
      tolerance: settings.tolerance,
    };
    if (target.task === 'regression') {
      return linearModel('regression', await fitLinearRegressor(x, target.values, settings.epsilon, machine));
    }
    const scores = await fitLinearClassifier(x, target.codes, target.classes.length, machine);
    if (scores.length === 1) return linearModel('classification', scores[0]!);
    return { emit: (builder, features) => emitOneAgainstRest(builder, features, scores) };
  },
};

function lossOf({ loss }: LearnerParameters<'svm'>, task: Target['task']): string {
  const known: readonly string[] = losses[task];
  if (loss === undefined) return known[0]!;
  if (known.includes(loss)) return loss;
  throw invalidInput(
    `The loss "${loss}" is not for ${task}; use ${known.map((name) => `"${name}"`).join(' or ')}.`,
    {
      code: 'parameter_task',
      param: 'parameters.loss',
    },
  );
}

/** Calibrated log-odds of two classes are those of a logistic regression. */
function linearModel(task: Target['task'], { coefficients, intercept }: LinearScore): FittedLearner {
  const model =
    task === 'regression'
      ? ({ task, coefficients, intercept } as const)
      : ({
          task,
          classes: 2,
          features: coefficients.length,
          coefficients,
          intercepts: Float64Array.of(intercept),
          iterations: 0,
          converged: true,
        } as const);
  return { emit: (builder, features) => emitLinear(builder, features, model) };
}
