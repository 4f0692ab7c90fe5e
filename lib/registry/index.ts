/** Models, versions, aliases, runs and data sets: all state, kept in S3 by compare-and-swap. */
export { getAliases, refreshAliases, rollback, type SetLiveOptions, setLive } from './aliases.ts';
export { checkSpec } from './check-spec.ts';
export { type Claim, type ClaimOptions, claimRun, maxAttempts } from './claim-run.ts';
export { modelNotFound, type Page, type RegistryContext, type RunKey, versionNotFound } from './context.ts';
export {
  advanceLatest,
  compareUploads,
  findDataset,
  getLatestDataset,
  listDatasets,
  putDatasetManifest,
  readDatasetProfile,
} from './datasets.ts';
export { cancelRun, cancelSupersededRuns, concludeRun, finishRun, type RunOutcome } from './end-run.ts';
export { endpointCard } from './endpoint-card.ts';
export { findReport, listReports, putReport } from './evaluations.ts';
export { type ImportDraft, type ImportOptions, importModel } from './import-model.ts';
export { createImportUpload, fetchImportUpload, type ImportAddress } from './import-uploads.ts';
export {
  type Holder,
  isBusy,
  isHeldBy,
  keepAlive,
  type Leased,
  leaseEnd,
  type Watch,
  type WatchOptions,
} from './lease.ts';
export { type CardListOptions, listModelCards, readModelCard } from './model-card.ts';
export { maxPauses, pauseRun } from './pause-run.ts';
export { type Publication, publishVersion, type VersionDraft } from './publish.ts';
export { requestEvaluation, requestRetrain, requestTraining } from './requests.ts';
export {
  findRun,
  getRun,
  isOver,
  type RunIdentity,
  type RunLease,
  requireOwnRun,
  runId,
} from './run-record.ts';
export {
  enqueueRun,
  heartbeat,
  listRuns,
  type RunDraft,
  type RunProgress,
  updateRun,
} from './runs.ts';
export {
  deleteModel,
  findModel,
  findSpec,
  getModel,
  getSpec,
  isTrained,
  listModels,
  modelsOf,
  putSpec,
  type StoredModel,
  type StoredSpec,
  specDigest,
} from './specs.ts';
export {
  failRun,
  findTrainingJob,
  forgetTrainingJob,
  handRunToJob,
  type JobPlacement,
  listTrainingJobs,
  noteTrainingJob,
  tellWaitingRun,
} from './training-jobs.ts';
export {
  findTrainedVersion,
  findVersion,
  getVersion,
  isPublished,
  listVersionNumbers,
  listVersions,
  loadArtifact,
} from './versions.ts';
export { describeWaiting } from './waiting-run.ts';
