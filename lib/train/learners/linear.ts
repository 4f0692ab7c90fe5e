/** Linear regression for numbers, logistic regression for classes: quick, and its answers can be explained by hand. */
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import { invalidInput } from '../../core/index.ts';
import { emitLinear, fitLinearRegression, fitLogisticRegression } from '../linear/index.ts';
import type { Learner, Target } from '../types.ts';

type Settings = LearnerParameters<'linear'>;

/** Settings that mean something for one task only. */
const settingsOf: Readonly<Record<Target['task'], readonly (keyof Settings)[]>> = {
  regression: ['solver', 'learning_rate'],
  classification: ['penalty', 'C', 'l1_ratio'],
};

/**
 * Least squares, by the normal equations or by gradient descent (Hastie, Tibshirani and Friedman 2009, section 3.2);
 * or logistic regression (section 4.4), with the penalty l2 and C = 1 if nothing is said.
 */
export const linearLearner: Learner = {
  name: 'linear',
  style: 'linear',
  fit: async (x, target, { parameters, weights, signal, onProgress }) => {
    const settings = learnerParameters.linear.parse(parameters ?? {});
    refuseOtherTask(settings, target.task);
    const options = { ...(weights && { weights }), ...(signal && { signal }) };
    const { iterations, tolerance } = settings;
    const model =
      target.task === 'regression'
        ? await fitLinearRegression(x, target.values, { ...options, ...descentOf(settings) })
        : await fitLogisticRegression(x, target.codes, {
            ...options,
            classes: target.classes.length,
            l1Ratio: l1RatioOf(settings),
            ...(settings.C !== undefined && { C: settings.C }),
            ...(iterations !== undefined && { maxIterations: iterations }),
            ...(tolerance !== undefined && { tolerance }),
            ...(onProgress && { onProgress }),
          });
    return { emit: (builder, features) => emitLinear(builder, features, model) };
  },
};

function descentOf({ solver, learning_rate: learningRate, iterations, tolerance }: Settings): object {
  if (solver === 'gradient_descent') return { descent: { learningRate, iterations, tolerance } };
  const without = Object.entries({ learning_rate: learningRate, iterations, tolerance });
  const [unused] = without.find(([, value]) => value !== undefined) ?? [];
  if (unused === undefined) return {};
  throw invalidInput(
    `"parameters.${unused}" needs "solver": "gradient_descent"; the normal equations have no steps.`,
    {
      code: 'unused_parameter',
      param: `parameters.${unused}`,
    },
  );
}

function l1RatioOf({ penalty = 'l2', l1_ratio: ratio }: Settings): number | null {
  if (ratio !== undefined && penalty !== 'elastic_net') {
    throw invalidInput('"parameters.l1_ratio" needs "penalty": "elastic_net".', {
      code: 'unused_parameter',
      param: 'parameters.l1_ratio',
    });
  }
  return { none: null, l2: 0, l1: 1, elastic_net: ratio ?? 0.5 }[penalty];
}

function refuseOtherTask(settings: Settings, task: Target['task']): void {
  const other = task === 'regression' ? 'classification' : 'regression';
  const wrong = settingsOf[other].find((name) => settings[name] !== undefined);
  if (wrong === undefined) return;
  const remedy =
    task === 'regression'
      ? 'For a penalty take the learner "ridge", "lasso" or "elastic_net"'
      : 'Leave it out';
  throw invalidInput(`"parameters.${wrong}" is for ${other}, and this target calls for ${task}. ${remedy}.`, {
    code: 'parameter_task',
    param: `parameters.${wrong}`,
  });
}
