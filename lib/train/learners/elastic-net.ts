/** Elastic net: the lasso's choice of columns with the ridge's calm where columns are alike. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import type { Learner } from '../types.ts';
import { fitPenalised } from './penalised.ts';

/** Zou and Hastie 2005; the objective of scikit-learn's `ElasticNet`, alpha chosen by five folds if not given. */
export const elasticNetLearner: Learner = {
  name: 'elastic_net',
  style: 'linear',
  fit: (x, target, options) => {
    const { alpha, l1_ratio: l1Ratio } = learnerParameters.elastic_net.parse(options.parameters ?? {});
    return fitPenalised(x, target, options, { name: 'elastic_net', penalty: 'elastic_net', l1Ratio, alpha });
  },
};
