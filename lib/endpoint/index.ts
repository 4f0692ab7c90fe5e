/** What Onramp asks of SageMaker: endpoints for models that outgrow a function, and training jobs for trainings that do. */
export { checkBodyCall, checkCall, invokeBodyBytes } from './check-call.ts';
export { loggedWords, readContainerWords } from './container-words.ts';
export type { EndpointSettings } from './endpoint-settings.ts';
export { createEndpoints } from './endpoints.ts';
export { type JobIdentity, trainingJobName } from './job-name.ts';
export { type AnswerCounts, readCounts, readVectors, type VectorsAnswer } from './openai-answer.ts';
export { readQueuedFailure } from './queued-failure.ts';
export { createWaitLimit, systemTimers, type Timers, type WaitLimit } from './timers.ts';
export {
  createTrainingJobs,
  type TrainingJobDraft,
  type TrainingJobSettings,
  type TrainingJobState,
  type TrainingJobs,
} from './training-jobs.ts';
export type {
  EndpointAnswer,
  EndpointAnswerHead,
  EndpointAsyncCall,
  EndpointBodyCall,
  EndpointCall,
  EndpointStream,
  Endpoints,
  EndpointTicket,
} from './types.ts';
export { isAsleep, type ReadyWait, whenReady } from './when-ready.ts';
