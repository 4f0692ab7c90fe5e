/** Groups and anomalies in the circle: fitting, comparing and watching versions without a target. */
export {
  compareUnsupervisedVersions,
  scoreUnsupervisedVersion,
  unsupervisedQuestion,
} from './compare-unsupervised.ts';
export { fitUnsupervisedVersion } from './fit-unsupervised.ts';
