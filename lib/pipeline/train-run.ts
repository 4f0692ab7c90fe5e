/** Second station: a run is claimed, a model trained and published; what follows is decided by the evaluation. */
import { join } from 'node:path';
import { artifactKeys, type TriggerKey } from '../contracts/keys.ts';
import type { DatasetManifest, VersionManifest } from '../contracts/records.ts';
import { internal, isOnrampError } from '../core/index.ts';
import {
  cancelSupersededRuns,
  claimRun,
  compareUploads,
  enqueueRun,
  findDataset,
  findRun,
  findSpec,
  finishRun,
  getLatestDataset,
  keepAlive,
  modelsOf,
  publishVersion,
  type RunDraft,
  type RunLease,
  requestTraining,
  type StoredSpec,
  updateRun,
  type Watch,
} from '../registry/index.ts';
import { type Delivery, failureOf, inWorkDirectory, isFinal, type PipelineContext } from './context.ts';
import { fitVersion } from './fit-version.ts';
import { identifyRun } from './identify-run.ts';

/** What may start a training. */
export type TrainNotice =
  | Extract<TriggerKey, { readonly kind: 'dataset-ready' | 'training' | 'retrain' }>
  | { readonly kind: 'spec'; readonly model: string };

/** True for what may start a training. */
export function startsTraining(subject: TriggerKey): subject is Extract<TriggerKey, TrainNotice> {
  return ['dataset-ready', 'spec', 'training', 'retrain'].includes(subject.kind);
}

/** How long a worker is believed to live without a sign of life, and how often it gives one. */
const leaseMs = 30_000;
const heartbeatMs = 5_000;

/**
 * Trains what a notice calls for: the model of a data set that has new data, or one model whose spec is new. Several
 * models of a data set get a message each, so that each has the whole time, and none dies of another's fault.
 * The same notice again finds its runs ended and does nothing.
 */
export async function trainNoticed(
  context: PipelineContext,
  notice: TrainNotice,
  delivery: Delivery,
): Promise<void> {
  const [first, ...others] = await jobsOf(context, notice);
  if (!first) return;
  if (others.length === 0) {
    await trainOnce(context, first, delivery);
    return;
  }
  for (const job of [first, ...others]) {
    const draft = await runOf(context, job);
    await enqueueRun(context, draft);
    await requestTraining(context, draft);
  }
}

interface Job {
  readonly stored: StoredSpec;
  readonly data: DatasetManifest;
  readonly retrain?: string;
}

async function jobsOf(context: PipelineContext, notice: TrainNotice): Promise<readonly Job[]> {
  if (notice.kind === 'dataset-ready') {
    const data = await findDataset(context, notice.dataset, notice.digest);
    if (data?.state !== 'ready') return [];
    return (await modelsOf(context, notice.dataset)).map((stored) => ({ stored, data }));
  }
  const stored = await findSpec(context, notice.model);
  const data = stored && (await dataFor(context, notice, stored));
  if (!stored || data?.state !== 'ready') return [];
  return [{ stored, data, ...(notice.kind === 'retrain' && { retrain: notice.id }) }];
}

/** The newest data, or those of the run that a training was asked for. */
async function dataFor(
  context: PipelineContext,
  notice: Exclude<TrainNotice, { readonly kind: 'dataset-ready' }>,
  { spec }: StoredSpec,
): Promise<DatasetManifest | null> {
  if (notice.kind !== 'training') return getLatestDataset(context, spec.dataset);
  const run = await findRun(context, { model: notice.model, run: notice.id });
  return run?.dataset === spec.dataset ? findDataset(context, run.dataset, run.data_digest) : null;
}

async function trainOnce(context: PipelineContext, job: Job, delivery: Delivery): Promise<void> {
  const { stored, data } = job;
  await cancelSupersededRuns(context, stored);
  const draft = await runOf(context, job);
  await enqueueRun(context, draft);
  const { messageId: owner, receiveCount: deliveries } = delivery;
  const claim = await claimRun(context, draft, { owner, leaseMs, deliveries });
  // A busy run is another message's: should its worker die, that message comes again.
  if (claim.outcome !== 'claimed') return;
  const newer = await newerUpload(context, data);
  if (newer) {
    const message = `Not trained: "${newer.source.file}" was uploaded later, at ${newer.source.uploaded}.`;
    await finishRun(context, claim.lease, { state: 'cancelled', message });
    return;
  }
  await workOn(context, claim.lease, job);
}

function runOf(context: PipelineContext, { stored, data, retrain }: Job): Promise<RunDraft> {
  const work = { stored, dataDigest: data.digest, source: data.source };
  return identifyRun(context, { ...work, ...(retrain !== undefined && { retrain }) });
}

async function newerUpload(context: PipelineContext, data: DatasetManifest): Promise<DatasetManifest | null> {
  const latest = await getLatestDataset(context, data.dataset);
  if (!latest || latest.digest === data.digest) return null;
  return compareUploads(latest.source, data.source) > 0 ? latest : null;
}

/** Trains under the lease; ends the run on a failure that a repetition would not mend. */
async function workOn(context: PipelineContext, lease: RunLease, job: Job): Promise<void> {
  const watch = watchOver(context, lease);
  try {
    await trainAndPublish(context, lease, { ...job, watch });
  } catch (error) {
    // Another worker has the run, or its model was deleted: nothing may be written any more.
    if (watch.signal.aborted || (isOnrampError(error) && error.code === 'lease_lost')) {
      context.logger.warn('The run is no longer ours.', { model: lease.model, run: lease.run });
      return;
    }
    if (isOnrampError(error) && error.kind === 'upstream') throw error;
    if (!isFinal(error)) {
      context.logger.error('Training failed.', { model: lease.model, run: lease.run, error });
    }
    await finishRun(context, lease, { state: 'failed', error: failureOf(error) });
  } finally {
    watch.stop();
  }
}

interface RunWatch extends Pick<Watch<unknown>, 'signal' | 'stop'> {
  report(progress: number, message: string): void;
}

/** Gives a sign of life every few seconds, with the newest progress; a new message goes out at once. */
function watchOver(context: PipelineContext, lease: RunLease): RunWatch {
  const { model, run } = lease;
  const { signal, tell, send, stop } = keepAlive({
    first: { progress: 0, message: 'Reading the data.' },
    everyMs: heartbeatMs,
    write: (news) => updateRun(context, lease, news),
    onUnheard: (error) => context.logger.warn('A sign of life was not heard.', { model, run, error }),
  });
  let shown = '';
  return {
    signal,
    stop,
    report: (progress, message) => {
      tell({ progress: Math.min(0.95, progress), message });
      if (message !== shown) send();
      shown = message;
    },
  };
}

async function trainAndPublish(
  context: PipelineContext,
  lease: RunLease,
  { stored, data, watch }: Job & { readonly watch: RunWatch },
): Promise<void> {
  const fitted = await inWorkDirectory(async (directory) => {
    const path = join(directory, 'table.parquet');
    const table = await context.artifacts.download(
      artifactKeys.datasetTable(data.dataset, data.digest),
      path,
    );
    if (!table)
      throw internal(`The table of data set "${data.dataset}" is missing.`, { code: 'table_missing' });
    watch.report(0.02, 'Reading the data.');
    return fitVersion(
      context,
      { spec: stored.spec, specDigest: stored.digest, data, path, directory, fileName: data.source.file },
      watch,
    );
  });
  watch.signal.throwIfAborted();
  const published = await publishVersion(context, lease, fitted);
  watch.stop();
  await announce(context, lease, published);
}

async function announce(context: PipelineContext, lease: RunLease, version: VersionManifest): Promise<void> {
  try {
    await updateRun(context, lease, {
      progress: 0.97,
      message: `Version ${version.version} is published; it is being compared with the live one.`,
      candidates: version.candidates,
    });
  } catch (error) {
    // The evaluation may have ended the run already: that is the news.
    if (!isOnrampError(error) || error.code !== 'lease_lost') throw error;
  }
}
