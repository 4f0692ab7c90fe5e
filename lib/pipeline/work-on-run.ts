/** Training under a lease: the run is claimed, a model trained and published; what follows is decided by the evaluation. */
import { join } from 'node:path';
import { artifactKeys } from '../contracts/keys.ts';
import type { DatasetManifest, Placement, VersionManifest } from '../contracts/records.ts';
import { internal, isOnrampError } from '../core/index.ts';
import {
  claimRun,
  compareUploads,
  findRun,
  finishRun,
  getLatestDataset,
  isOver,
  keepAlive,
  pauseRun,
  publishVersion,
  type RunKey,
  type RunLease,
  requireOwnRun,
  type StoredSpec,
  updateRun,
  type Watch,
} from '../registry/index.ts';
import type { KeptWork } from '../train/index.ts';
import { failureOf, inWorkDirectory, isFinal, type PipelineContext } from './context.ts';
import { fitVersion } from './fit-version.ts';
import { removeCheckpoints, runCheckpoints } from './run-checkpoints.ts';

/** What is learnt, and from what. */
export interface Material {
  readonly stored: StoredSpec;
  readonly data: DatasetManifest;
}

/** Who works on a run. */
export interface Worker {
  /** The same when the worker is replaced: the id of a queue message, or the name of a training job. */
  readonly owner: string;
  /** How often the message was delivered, if it is a message. */
  readonly deliveries?: number;
  readonly placement?: Placement;
  /** How long it may still work; absent where nothing ends it. */
  readonly remainingMs?: number;
}

/** How long a worker is believed to live without a sign of life, and how often it gives one. */
const leaseMs = 30_000;
const heartbeatMs = 5_000;
/** How often it looks whether it was cancelled: nobody waits longer than two seconds for the end of the training. */
const lookMs = 1_500;
/** A new message is not shown sooner after the last one: an epoch may take a hundredth of a second. */
const quietMs = 1_000;
/** Of a worker's time, what is left for a last checkpoint or, after the last fold, for scores and the version. */
const reserveMs = 60_000;

/**
 * Claims a run, trains it and publishes its version. Nothing happens to a run that is another worker's or has ended;
 * one whose data are not the newest any more is cancelled.
 *
 * @returns false if the run is another worker's
 * @throws upstream if a service failed and another try may help
 */
export async function workOnRun(
  context: PipelineContext,
  key: RunKey,
  { material, worker }: { readonly material: Material; readonly worker: Worker },
): Promise<boolean> {
  const claim = await claimRun(context, key, { ...worker, leaseMs });
  if (claim.outcome !== 'claimed') return claim.outcome === 'ended';
  const newer = await newerUpload(context, material.data);
  if (newer) {
    const message = `Not trained: "${newer.source.file}" was uploaded later, at ${newer.source.uploaded}.`;
    await finishRun(context, claim.lease, { state: 'cancelled', message });
  } else {
    await train(context, claim.lease, { ...material, remainingMs: worker.remainingMs });
  }
  return true;
}

async function newerUpload(context: PipelineContext, data: DatasetManifest): Promise<DatasetManifest | null> {
  const latest = await getLatestDataset(context, data.dataset);
  if (!latest || latest.digest === data.digest) return null;
  return compareUploads(latest.source, data.source) > 0 ? latest : null;
}

/** Trains under the lease; ends the run on a failure that a repetition would not mend. */
async function train(
  context: PipelineContext,
  lease: RunLease,
  { remainingMs, ...material }: Material & { readonly remainingMs: number | undefined },
): Promise<void> {
  const watch = watchOver(context, lease, remainingMs);
  const kept = runCheckpoints(context, lease, watch.signal);
  try {
    await trainAndPublish(context, lease, { ...material, watch, kept });
    await removeCheckpoints(context, lease);
  } catch (error) {
    watch.stop();
    // Another worker has the run, it was cancelled or deleted with its model: nothing may be written any more.
    if (watch.signal.aborted || (isOnrampError(error) && error.code === 'lease_lost')) {
      await kept.settled();
      await leave(context, lease);
      return;
    }
    if (isOnrampError(error) && error.code === 'training_paused') {
      const { state, message } = await pauseRun(context, lease);
      context.logger.info('training paused', { model: lease.model, run: lease.run, message });
      if (state !== 'queued') await removeCheckpoints(context, lease);
      return;
    }
    if (isOnrampError(error) && error.kind === 'upstream') throw error;
    if (!isFinal(error)) {
      context.logger.error('Training failed.', { model: lease.model, run: lease.run, error });
    }
    await finishRun(context, lease, { state: 'failed', error: failureOf(error) });
    await removeCheckpoints(context, lease);
  } finally {
    watch.stop();
  }
}

/** What it kept is the next worker's, unless there will be none. */
async function leave(context: PipelineContext, { model, run }: RunLease): Promise<void> {
  const record = await findRun(context, { model, run });
  context.logger.warn('The run is no longer ours.', { model, run, state: record?.state ?? 'deleted' });
  if (!record || isOver(record)) await removeCheckpoints(context, { model, run });
}

interface RunWatch extends Pick<Watch<unknown>, 'signal' | 'stop'> {
  readonly pause: AbortSignal;
  report(progress: number, message: string): void;
}

/**
 * Gives a sign of life every few seconds, with the newest progress; a new message goes out at once, unless the last one
 * has only just done so. Calls for a pause when the time is nearly over.
 */
function watchOver(context: PipelineContext, lease: RunLease, remainingMs: number | undefined): RunWatch {
  const { model, run } = lease;
  const { signal, tell, send, stop } = keepAlive({
    first: { progress: 0, message: 'Reading the data.' },
    everyMs: heartbeatMs,
    write: (news) => updateRun(context, lease, news),
    look: { everyMs: lookMs, read: () => requireOwnRun(context, lease) },
    onUnheard: (error) => context.logger.warn('A sign of life was not heard.', { model, run, error }),
  });
  let shown = { message: '', atMs: Number.NEGATIVE_INFINITY };
  const pause = new AbortController();
  const timer =
    remainingMs !== undefined &&
    setTimeout(() => pause.abort(timeIsOver()), Math.max(0, remainingMs - reserveMs));
  return {
    signal,
    pause: pause.signal,
    stop: () => {
      if (timer) clearTimeout(timer);
      stop();
    },
    report: (progress, message) => {
      tell({ progress: Math.min(0.95, progress), message });
      const atMs = context.clock.now();
      if (message === shown.message || atMs - shown.atMs < quietMs) return;
      shown = { message, atMs };
      send();
    },
  };
}

const timeIsOver = () =>
  internal('The time of the function is over; the next one goes on with the training.', {
    code: 'training_paused',
  });

async function trainAndPublish(
  context: PipelineContext,
  lease: RunLease,
  { stored, data, watch, kept }: Material & { readonly watch: RunWatch; readonly kept: KeptWork },
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
      { ...watch, kept },
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
