/** Ridge regression: least squares whose coefficients are held small; good where columns are alike. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import type { Learner } from '../types.ts';
import { fitPenalised } from './penalised.ts';

/** Hoerl and Kennard 1970; the objective of scikit-learn's `Ridge`, alpha chosen by five folds if not given. */
export const ridgeLearner: Learner = {
  name: 'ridge',
  style: 'linear',
  fit: (x, target, options) => {
    const { alpha } = learnerParameters.ridge.parse(options.parameters ?? {});
    return fitPenalised(x, target, options, { name: 'ridge', penalty: 'ridge', alpha });
  },
};
