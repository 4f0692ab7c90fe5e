/** SageMaker's training jobs on one machine: the same wire, the same container entry, the same event. */
export { startTrainingEngine, type TrainingEngine, type TrainingEngineOptions } from './engine.ts';
export { startTrainingServer, type TrainingServerOptions } from './server.ts';
export { startTrainingJobs, type TrainingJobsOptions } from './start.ts';
