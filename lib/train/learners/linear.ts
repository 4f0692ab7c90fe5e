/** Linear regression for numbers, logistic regression for classes: quick, and its answers can be explained by hand. */
import { emitLinear, fitLinearRegression, fitLogisticRegression } from '../linear/index.ts';
import type { Learner } from '../types.ts';

/** Least squares; or L2-regularised (C = 1) logistic regression fitted by L-BFGS. */
export const linearLearner: Learner = {
  name: 'linear',
  style: 'linear',
  fit: async (x, target, { weights, signal, onProgress }) => {
    const options = { ...(weights && { weights }), ...(signal && { signal }) };
    const model =
      target.task === 'regression'
        ? await fitLinearRegression(x, target.values, options)
        : await fitLogisticRegression(x, target.codes, {
            ...options,
            classes: target.classes.length,
            ...(onProgress && { onProgress }),
          });
    return { emit: (builder, features) => emitLinear(builder, features, model) };
  },
};
