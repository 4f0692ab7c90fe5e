/** First station: an uploaded file is read, checked, profiled and stored as columns; a bad one fails its runs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactKeys, dataKeys } from '../contracts/keys.ts';
import { isUnsupervised } from '../contracts/model-spec.ts';
import type { PictureWish } from '../contracts/pictures.ts';
import type { DatasetProfile } from '../contracts/profile.ts';
import type { DatasetManifest, Failure, UploadSource } from '../contracts/records.ts';
import { internal } from '../core/index.ts';
import {
  type DatasetHandle,
  digestFile,
  profileDataset,
  readDataset,
  writeParquet,
} from '../dataset/index.ts';
import {
  advanceLatest,
  claimRun,
  compareUploads,
  enqueueRun,
  findDataset,
  finishRun,
  maxAttempts,
  modelsOf,
  putDatasetManifest,
  type RunKey,
} from '../registry/index.ts';
import { writeJson } from '../storage/index.ts';
import { type Delivery, failureOf, inWorkDirectory, isFinal, type PipelineContext } from './context.ts';
import { identifyRun } from './identify-run.ts';

/** What an upload event says. */
export interface UploadNotice {
  readonly dataset: string;
  readonly file: string;
  readonly sequencer: string;
}

/** How long a run that only has to be marked as failed is held. */
const markingLeaseMs = 60_000;

/**
 * Reads an upload into a data set version. The object may have been replaced or removed since the event:
 * what is there now counts, and an event that comes again finds its work done.
 */
export async function ingestUpload(
  context: PipelineContext,
  notice: UploadNotice,
  delivery: Delivery,
): Promise<void> {
  await inWorkDirectory(async (directory) => {
    const path = join(directory, 'upload');
    const key = dataKeys.upload(notice.dataset, notice.file);
    const object = await context.data.download(key, path);
    if (!object) {
      context.logger.info('Upload is gone; nothing to read.', { dataset: notice.dataset });
      return;
    }
    const source: UploadSource = {
      key,
      file: notice.file,
      etag: object.etag,
      size_bytes: object.sizeBytes,
      sequencer: notice.sequencer,
      uploaded: new Date(object.modifiedAt).toISOString(),
    };
    const upload: Upload = {
      dataset: notice.dataset,
      digest: await digestFile(path),
      source,
      path,
      directory,
    };
    const known = await findDataset(context, upload.dataset, upload.digest);
    if (known?.state === 'ready' && compareUploads(source, known.source) <= 0) {
      // Told before: no message would follow, so that a run queued now would wait for ever.
      await makeLatest(context, upload);
      return;
    }
    await queueRuns(context, upload);
    await storeVersion(context, { ...upload, known }, delivery);
  });
}

interface Upload {
  readonly dataset: string;
  readonly digest: string;
  readonly source: UploadSource;
  readonly path: string;
  readonly directory: string;
}

/** Shows at once, in every model that learns from the data set, that a run is on its way; gives these runs. */
async function queueRuns(
  context: PipelineContext,
  { dataset, digest: dataDigest, source }: Upload,
): Promise<readonly RunKey[]> {
  const runs: RunKey[] = [];
  for (const stored of await modelsOf(context, dataset)) {
    const draft = await identifyRun(context, { stored, dataDigest, source });
    await enqueueRun(context, draft);
    runs.push(draft);
  }
  return runs;
}

async function makeLatest(context: PipelineContext, { dataset, digest, source }: Upload): Promise<void> {
  await advanceLatest(context, dataset, { digest, uploaded: source.uploaded, sequencer: source.sequencer });
}

async function storeVersion(
  context: PipelineContext,
  { known, ...upload }: Upload & { readonly known: DatasetManifest | null },
  delivery: Delivery,
): Promise<void> {
  const readBefore = known?.state === 'ready' ? known : null;
  try {
    if (!readBefore && delivery.receiveCount > maxAttempts) throw readerDied(upload);
    const columns = readBefore ?? (await readColumns(context, upload));
    await putDatasetManifest(context, { ...columns, source: upload.source });
    await makeLatest(context, upload);
  } catch (error) {
    if (readBefore || (!isFinal(error) && delivery.receiveCount <= maxAttempts)) throw error;
    await storeFailure(context, upload, failureOf(error));
  }
}

const readerDied = ({ source }: Upload): Error =>
  internal(`Reading "${source.file}" was begun ${maxAttempts} times and did not end.`, {
    code: 'reader_died',
  });

/** Table and profile are written before the manifest: a reader that sees the manifest sees them all. */
async function readColumns(context: PipelineContext, upload: Upload): Promise<DatasetManifest> {
  const { dataset, digest, source, path, directory } = upload;
  const workDirectory = join(directory, 'work');
  await mkdir(workDirectory);
  const handle = await readDataset({
    path,
    fileName: source.file,
    workDirectory,
    memoryLimitBytes: context.memoryBytes,
    threads: context.threads,
    image: await pictureWish(context, dataset),
  });
  try {
    const profile = await profileFor(context, dataset, handle);
    const tablePath = join(directory, 'table.parquet');
    await writeParquet(handle, tablePath);
    await context.artifacts.upload(artifactKeys.datasetTable(dataset, digest), tablePath);
    await writeJson(context.artifacts, artifactKeys.datasetProfile(dataset, digest), { value: profile });
    return {
      dataset,
      digest,
      state: 'ready',
      rows: handle.rows,
      columns: profile.columns.map(({ name, type }) => ({ name, type })),
      source,
      created: new Date(context.clock.now()).toISOString(),
      error: null,
    };
  } finally {
    handle.close();
  }
}

/** The size that the first model of these data wants pictures to have; the others learn from them as they are kept. */
async function pictureWish(context: PipelineContext, dataset: string): Promise<PictureWish | undefined> {
  const specs = (await modelsOf(context, dataset)).map(({ spec }) => spec);
  return specs.find(({ preprocess }) => preprocess?.image)?.preprocess?.image;
}

/**
 * The profile, with warnings about the target of the first model that learns from the data.
 * A target that cannot be read is that model's trouble and is told by its run.
 */
async function profileFor(
  context: PipelineContext,
  dataset: string,
  handle: DatasetHandle,
): Promise<DatasetProfile> {
  const plain = await profileDataset(handle);
  const spec = (await modelsOf(context, dataset))
    .map(({ spec: one }) => one)
    .find((one) => !isUnsupervised(one) && handle.columns.includes(one.target));
  if (!spec || isUnsupervised(spec)) return plain;
  try {
    return await profileDataset(handle, {
      target: spec.target,
      ...(spec.task && spec.task !== 'forecast' && { task: spec.task }),
      ...(spec.relabel && { relabel: spec.relabel }),
    });
  } catch (error) {
    if (isFinal(error)) return plain;
    throw error;
  }
}

/** Ends the runs that wait for these data, and keeps the reason; versions that are live go on serving. */
async function storeFailure(context: PipelineContext, upload: Upload, error: Failure): Promise<void> {
  const { dataset, digest, source } = upload;
  const created = new Date(context.clock.now()).toISOString();
  const failed: DatasetManifest = {
    dataset,
    digest,
    state: 'failed',
    rows: null,
    columns: [],
    source,
    created,
    error,
  };
  await putDatasetManifest(context, failed);
  for (const key of await queueRuns(context, upload)) {
    const claim = await claimRun(context, key, { owner: source.etag, leaseMs: markingLeaseMs });
    if (claim.outcome === 'claimed') await finishRun(context, claim.lease, { state: 'failed', error });
  }
}
