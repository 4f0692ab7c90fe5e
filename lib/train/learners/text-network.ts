/** Networks that read texts word by word: for what the order of the words says. */
import { invalidInput } from '../../core/index.ts';
import { fitNetwork, networkFor } from '../networks/index.ts';
import type { Learner } from '../types.ts';

/** Kim 2014; Vaswani et al. 2017; Cho et al. 2014. */
export const textNetworkLearner: Learner = {
  name: 'text_network',
  style: 'linear',
  texts: 'tokens',
  resumable: true,
  costly: true,
  fit: async (x, target, options) => {
    const { parameters = {}, layout = [] } = options;
    if (layout.every(({ kind }) => kind !== 'tokens')) {
      throw invalidInput(
        'The learner "text_network" reads texts, and the data have no column of them. Use "network", or name the type of the column: "features": {"types": {"review": "text"}}.',
        { code: 'learner_features', param: 'learner' },
      );
    }
    const plan = networkFor('text_network', parameters, { columns: x.columns, layout });
    return fitNetwork(x, target, options, plan);
  },
};
