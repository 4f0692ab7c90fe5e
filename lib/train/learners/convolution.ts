/** Convolutional networks: for pictures, whatever else there is beside them. */
import { invalidInput } from '../../core/index.ts';
import { fitNetwork, networkFor } from '../networks/index.ts';
import type { Learner } from '../types.ts';

/** LeCun et al. 1998; He et al. 2016. */
export const convolutionLearner: Learner = {
  name: 'convolution',
  style: 'linear',
  resumable: true,
  costly: true,
  fit: async (x, target, options) => {
    const { parameters = {}, layout = [] } = options;
    if (layout.every(({ kind }) => kind !== 'pixels')) {
      throw invalidInput(
        'The learner "convolution" looks at pictures, and the data have no column of them. Use "network", or upload pictures.',
        { code: 'learner_features', param: 'learner' },
      );
    }
    const plan = networkFor('convolution', parameters, { columns: x.columns, layout });
    return fitNetwork(x, target, options, plan);
  },
};
