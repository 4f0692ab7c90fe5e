/** Every learner that needs no target, by name. */
import type { UnsupervisedTask } from '../../contracts/unsupervised-spec.ts';
import { isolationForestLearner } from './isolation-forest-learner.ts';
import { kMeansLearner } from './k-means-learner.ts';
import type { AnomalyLearner, ClusterLearner } from './types.ts';

export const clusterLearners: Readonly<Record<ClusterLearner['name'], ClusterLearner>> = {
  k_means: kMeansLearner,
};

export const anomalyLearners: Readonly<Record<AnomalyLearner['name'], AnomalyLearner>> = {
  isolation_forest: isolationForestLearner,
};

/** The learner of a task where the spec names none. */
export const usualLearner = {
  clustering: 'k_means',
  anomaly: 'isolation_forest',
} as const satisfies Readonly<Record<UnsupervisedTask, string>>;
