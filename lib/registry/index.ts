/** Models, versions, aliases, runs and data sets: all state, kept in S3 by compare-and-swap. */
export { getAliases, refreshAliases, rollback, type SetLiveOptions, setLive } from './aliases.ts';
export { checkSpec } from './check-spec.ts';
export { type Claim, type ClaimOptions, claimRun, maxAttempts } from './claim-run.ts';
export type { Page, RegistryContext, RunKey } from './context.ts';
export {
  advanceLatest,
  compareUploads,
  findDataset,
  getLatestDataset,
  listDatasets,
  putDatasetManifest,
  readDatasetProfile,
} from './datasets.ts';
export { cancelSupersededRuns, concludeRun, finishRun, type RunOutcome } from './end-run.ts';
export { findReport, listReports, putReport } from './evaluations.ts';
export { listModelCards, readModelCard } from './model-card.ts';
export { publishVersion, type VersionDraft } from './publish.ts';
export { requestEvaluation, requestRetrain, requestTraining } from './requests.ts';
export { findRun, getRun, isOver, type RunIdentity, type RunLease, runId } from './run-record.ts';
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
  findSpec,
  getSpec,
  listModels,
  modelsOf,
  putSpec,
  type StoredSpec,
  specDigest,
} from './specs.ts';
export { findVersion, getVersion, listVersionNumbers, listVersions, loadArtifact } from './versions.ts';
