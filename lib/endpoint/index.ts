/** What Onramp asks of SageMaker: training jobs for what outgrows a function. */
export { type JobIdentity, trainingJobName } from './job-name.ts';
export {
  createTrainingJobs,
  type TrainingJobDraft,
  type TrainingJobSettings,
  type TrainingJobState,
  type TrainingJobs,
} from './training-jobs.ts';
