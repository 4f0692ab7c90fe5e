/** Lasso: least squares that leaves out the columns it can do without. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import type { Learner } from '../types.ts';
import { fitPenalised } from './penalised.ts';

/** Tibshirani 1996; the objective of scikit-learn's `Lasso`, alpha chosen by five folds if not given. */
export const lassoLearner: Learner = {
  name: 'lasso',
  style: 'linear',
  fit: (x, target, options) => {
    const { alpha } = learnerParameters.lasso.parse(options.parameters ?? {});
    return fitPenalised(x, target, options, { name: 'lasso', penalty: 'elastic_net', l1Ratio: 1, alpha });
  },
};
