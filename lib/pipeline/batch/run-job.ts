/**
 * Work on a whole file: a job is claimed; its rows are answered in parts and the result is published in two steps, or it
 * is prepared for an endpoint.
 */
import { join } from 'node:path';
import type { RowsJobRecord } from '../../contracts/jobs.ts';
import { artifactKeys } from '../../contracts/keys.ts';
import { isOnrampError } from '../../core/index.ts';
import {
  claimJob,
  finishJob,
  isEndpointJob,
  type JobLease,
  type JobProgress,
  meterRefused,
  removeUnder,
  tellJobProgress,
  type WorkerJobRecord,
} from '../../jobs/index.ts';
import { keepAlive, type Watch } from '../../registry/index.ts';
import type { RowModel } from '../../serve/index.ts';
import { type Delivery, failureOf, inWorkDirectory } from '../context.ts';
import { type LocalFile, publishFile } from './local-file.ts';
import { type BatchContext, bringInput, loadModel, type Work, withRows } from './open-input.ts';
import { predictChunk } from './predict-chunk.ts';
import { prepareJob } from './prepare-job.ts';
import { openResultFiles, type ResultFiles } from './result-files.ts';
import type { RowChunks } from './row-chunks.ts';

/** How long a worker is believed to live without a sign of life; with each it learns whether it was cancelled. */
const leaseMs = 30_000;
const heartbeatMs = 1_000;
/** Shares of the progress: until the input is read, and until all rows are answered. */
const readShare = 0.1;
const answeredShare = 0.95;

/** Works on a job. The same notice again finds the job ended, or at work elsewhere, and does nothing. */
export async function runJob(context: BatchContext, id: string, delivery: Delivery): Promise<void> {
  const { messageId: owner, receiveCount: deliveries } = delivery;
  const claim = await claimJob(context, id, { owner, leaseMs, deliveries });
  // A busy job is another message's: should its worker die, that message comes again.
  if (claim.outcome !== 'claimed') return;
  const { lease, record } = claim;
  if (lease.attempt > 1) await removeUnder(context, artifactKeys.jobResults(id));
  const watch = watchOver(context, lease);
  try {
    if (isEndpointJob(record)) await prepareJob(context, { record, lease, watch });
    else await answerAll(context, { record, lease, watch });
  } catch (error) {
    // The store may have done what it did not confirm, so files stay until another attempt knows more.
    if (isPassing(error)) throw error;
    await failJob(context, { record, lease, watch }, error);
    await removeUnder(context, artifactKeys.jobResult(id, lease.attempt, ''));
  } finally {
    watch.stop();
  }
}

/** The store failed, or an endpoint has no room in its queue: the message comes again. */
const isPassing = (error: unknown): boolean =>
  isOnrampError(error) &&
  (error.kind === 'upstream' || error.code === 'endpoint_busy' || error.code === 'endpoint_paused');

const isLost = (error: unknown): boolean =>
  isOnrampError(error) && (error.code === 'lease_lost' || error.code === 'job_not_found');

/** Tells why a job failed, unless it was cancelled, deleted or taken over: then there is nothing to tell. */
async function failJob(
  context: BatchContext,
  { record, lease, watch }: Work<WorkerJobRecord>,
  error: unknown,
): Promise<void> {
  const job = lease.id;
  if (watch.signal.aborted || isLost(error)) {
    context.logger.info('The job is no longer ours.', { job });
    return;
  }
  const isOurFault = !isOnrampError(error) || error.kind === 'internal';
  if (isOurFault) context.logger.error('A job failed.', { job, error });
  const failure = failureOf(error, 'Make the job again to try once more.');
  if (isEndpointJob(record)) await meterRefused(context, record, error);
  await finishJob(context, lease, { state: 'failed', error: failure }).catch((lost: unknown) => {
    if (!isLost(lost)) throw lost;
  });
}

const begun: JobProgress = {
  progress: 0,
  message: 'Reading the input.',
  rows: null,
  rows_done: 0,
  rows_failed: 0,
  warnings: 0,
};

function watchOver(context: BatchContext, lease: JobLease): Watch<JobProgress> {
  return keepAlive({
    first: begun,
    everyMs: heartbeatMs,
    write: (news) => tellJobProgress(context, lease, news),
    onUnheard: (error) => context.logger.warn('A sign of life was not heard.', { job: lease.id, error }),
  });
}

/** Files first, then the record that names them: whoever sees the record sees whole files. */
async function answerAll(context: BatchContext, work: Work<RowsJobRecord>): Promise<void> {
  const { record, lease, watch } = work;
  const { input, output } = record;
  const model = await loadModel(context, record);
  await inWorkDirectory(async (directory) => {
    const path = join(directory, 'input');
    await bringInput(context, input, path);
    watch.signal.throwIfAborted();
    const place = { file: input.file, isBody: input.kind === 'body', path, directory };
    const done = await withRows(context, { ...place, model, keep: output.keep }, (rows) =>
      writeResults(context, { ...work, model, rows, directory }),
    );
    watch.signal.throwIfAborted();
    const result = await publishFile(context, lease, done.result);
    const errors = done.errors && (await publishFile(context, lease, done.errors));
    watch.stop();
    await finishJob(context, lease, { state: 'succeeded', progress: done.progress, result, errors });
  });
}

interface Answering extends Work<RowsJobRecord> {
  readonly model: RowModel;
  readonly rows: RowChunks;
  readonly directory: string;
}

interface Done {
  readonly result: LocalFile;
  readonly errors: LocalFile | null;
  readonly progress: JobProgress;
}

async function writeResults(context: BatchContext, answering: Answering): Promise<Done> {
  const { record, model, directory } = answering;
  const files = await openResultFiles({
    directory,
    manifest: model.manifest,
    output: record.output,
    options: record.options,
    limits: { memoryLimitBytes: context.memoryBytes, threads: context.threads },
  });
  try {
    const progress = await writeRows(files, answering);
    answering.watch.tell({ ...progress, message: 'Writing the result.' });
    return { ...(await files.end()), progress };
  } finally {
    await files.close();
  }
}

async function writeRows(
  files: ResultFiles,
  { record, watch, model, rows: { rows, chunks } }: Answering,
): Promise<JobProgress> {
  const count = { done: 0, failed: 0, warnings: 0 };
  for await (const chunk of chunks) {
    watch.signal.throwIfAborted();
    const answers = await predictChunk(model, chunk, record.options);
    await files.write(chunk, answers);
    count.done += chunk.rows;
    count.failed += answers.errors.length;
    for (const warnings of answers.warnings) count.warnings += warnings;
    watch.tell({
      progress: readShare + (answeredShare - readShare) * (count.done / rows),
      message: `${count.done} of ${rows} rows answered.`,
      rows,
      rows_done: count.done,
      rows_failed: count.failed,
      warnings: count.warnings,
    });
  }
  const answered = count.done - count.failed;
  const told = count.failed === 0 ? '' : `; ${count.failed} could not be, as the error file tells`;
  return {
    progress: answeredShare,
    message: `${answered} row${answered === 1 ? '' : 's'} answered${told}.`,
    rows,
    rows_done: count.done,
    rows_failed: count.failed,
    warnings: count.warnings,
  };
}
