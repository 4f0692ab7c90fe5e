/** What ridge, lasso and elastic net have in common: a penalised linear regression from a target of numbers. */

import type { Matrix } from '../../core/index.ts';
import { emitLinear, fitPenalisedRegression, type PenalisedRegressionOptions } from '../linear/index.ts';
import type { FitOptions, FittedLearner, Target } from '../types.ts';
import { numbersOf } from './number-target.ts';

/**
 * Fits a linear regression with a penalty.
 *
 * @param name the learner's, for refusals
 * @throws invalid_request `learner_task` for classes
 */
export async function fitPenalised(
  x: Matrix,
  target: Target,
  options: FitOptions,
  penalty: Pick<PenalisedRegressionOptions, 'penalty' | 'l1Ratio' | 'alpha'> & { readonly name: string },
): Promise<FittedLearner> {
  const remedy = `Logistic regression has the same penalties: "learner": "linear" with "penalty" in "parameters"`;
  const values = numbersOf(target, penalty.name, remedy);
  const model = await fitPenalisedRegression(x, values, { ...options, ...penalty });
  return { emit: (builder, features) => emitLinear(builder, features, model) };
}
