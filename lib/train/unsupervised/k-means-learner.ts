/** K-means as a learner: its settings from the spec, its file from the centres. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import { emitKMeans, fitKMeans } from '../clusters/index.ts';
import type { ClusterLearner } from './types.ts';

export const kMeansLearner: ClusterLearner = {
  name: 'k_means',
  style: 'linear',
  fit: async (x, { seed, signal, onProgress, parameters = {} }) => {
    const { clusters, starts, iterations, tolerance } = learnerParameters.k_means.parse(parameters);
    if (clusters === undefined) throw new TypeError('The number of clusters is chosen before the fit.');
    const model = await fitKMeans(x, {
      ...{ clusters, starts, tolerance, seed, signal },
      maxIterations: iterations,
      ...(onProgress && { onProgress }),
    });
    return {
      clusters,
      sizes: model.sizes,
      emit: (builder, features) => emitKMeans(builder, features, model),
    };
  },
};
