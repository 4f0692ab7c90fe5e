/** Dense networks: for what is bent in ways that no tree follows, given enough rows. */
import { fitNetwork, networkFor } from '../networks/index.ts';
import type { Learner } from '../types.ts';

/** Goodfellow, Bengio and Courville 2016, chapter 6. */
export const networkLearner: Learner = {
  name: 'network',
  style: 'linear',
  resumable: true,
  costly: true,
  fit: async (x, target, options) => {
    const { parameters = {}, layout = [] } = options;
    return fitNetwork(x, target, options, networkFor('network', parameters, { columns: x.columns, layout }));
  },
};
