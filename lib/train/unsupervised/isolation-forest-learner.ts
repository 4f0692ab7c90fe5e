/** The isolation forest as a learner: its settings from the spec, its file from the trees. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import { emitIsolationForest, fitIsolationForest } from '../trees/index.ts';
import type { AnomalyLearner } from './types.ts';

/** The score of a row that is as easy to part from the others as rows are on the average. */
const ordinaryScore = 0.5;

/** Liu, Ting and Zhou 2008, "Isolation forest". */
export const isolationForestLearner: AnomalyLearner = {
  name: 'isolation_forest',
  style: 'tree',
  fit: async (x, { seed, signal, onProgress, parameters = {} }) => {
    const { trees, samples } = learnerParameters.isolation_forest.parse(parameters);
    const forest = await fitIsolationForest(x, {
      ...{ seed, trees, samples },
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    return {
      threshold: ordinaryScore,
      emit: (builder, features) => emitIsolationForest(builder, features, forest),
    };
  },
};
