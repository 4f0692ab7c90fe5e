/** Tasks without a target: their learners, and the file that is published. */
export { estimateUnsupervised, type UnsupervisedSize } from './estimate-unsupervised.ts';
export {
  silhouetteSample,
  type TrainedUnsupervised,
  trainUnsupervised,
  type UnsupervisedFold,
  type UnsupervisedProblem,
} from './train-unsupervised.ts';
export type { AnomalyLearner, ClusterLearner, FittedClusters, FittedDetector } from './types.ts';
