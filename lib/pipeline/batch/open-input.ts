/** What a job works on: the version that answers, and the rows of its input. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobInput, RowsJobRecord } from '../../contracts/jobs.ts';
import { conflict, invalidInput, parseJson } from '../../core/index.ts';
import { type DatasetHandle, readDataset } from '../../dataset/index.ts';
import { decodePictures } from '../../images/index.ts';
import type {
  JobLease,
  JobProgress,
  QueueContext,
  SettleContext,
  WorkerJobRecord,
} from '../../jobs/index.ts';
import type { Watch } from '../../registry/index.ts';
import {
  createModelCache,
  type ModelCache,
  type Models,
  type RowModel,
  requireRows,
} from '../../serve/index.ts';
import type { PipelineContext } from '../context.ts';
import { bodyChunks, type RowChunks, tableChunks } from './row-chunks.ts';

/** What a worker of jobs runs with. */
export interface BatchContext extends PipelineContext, SettleContext {
  /** What they give stays loaded while the job is worked on. */
  readonly models: Models;
  /** What puts requests into the queues of endpoints, loaded by the first; left out where there are none. */
  openQueue?(): Promise<Pick<QueueContext, 'endpoints' | 'artifactBucket'>>;
}

/** A job that a worker has claimed. */
export interface Work<Record extends WorkerJobRecord> {
  readonly record: Record;
  readonly lease: JobLease;
  readonly watch: Watch<JobProgress>;
}

/**
 * The models of a worker. A version is looked at again for every job: a model can be deleted and made anew between two of
 * them, and a worker that remembered the earlier one would fail the later job.
 */
export function createJobModels({ artifacts, clock }: PipelineContext): ModelCache {
  return createModelCache({ artifacts, clock, hardTtlMs: 0, decodePictures });
}

/**
 * The version a job was made for, loaded.
 *
 * @throws conflict `version_changed` if its number means another file by now
 */
export async function loadModel(context: BatchContext, record: RowsJobRecord): Promise<RowModel> {
  const { model: name, version, artifact } = record;
  const model = requireRows(await context.models.resolve(name, version));
  if (model.manifest.artifact.sha256 === artifact) return model;
  throw conflict(
    `Model "${name}" was deleted and made anew since the job was made; version ${version} is another one now.`,
    { code: 'version_changed', param: 'version' },
  );
}

/**
 * Brings the input to this machine.
 *
 * @throws invalid_request `input_missing` or `input_changed`: a job reads what was there when it was made
 */
export async function bringInput(context: BatchContext, input: JobInput, path: string): Promise<void> {
  const { bucket, key, file, etag } = input;
  const found = await context[bucket].download(key, path);
  if (!found) throw invalidInput(`The input "${file}" is gone; bring it again.`, { code: 'input_missing' });
  if (found.etag === etag) return;
  throw invalidInput(`The input "${file}" was replaced after the job was made; make another job.`, {
    code: 'input_changed',
  });
}

/** An input on this machine. */
export interface Input {
  /** The user's name of it. */
  readonly file: string;
  /** It is the body of a prediction request, and no table. */
  readonly isBody: boolean;
  readonly path: string;
  /** For whatever is needed beside it. */
  readonly directory: string;
}

/** Rows of an input, for a model. */
export interface InputRows extends Input {
  readonly model: RowModel;
  /** Columns that are wanted beside those that the model takes. */
  readonly keep: readonly string[];
}

/** Opens the rows of the input for as long as they are worked on. */
export async function withRows<T>(
  context: BatchContext,
  { model, keep, ...input }: InputRows,
  work: (rows: RowChunks) => Promise<T>,
): Promise<T> {
  if (input.isBody) return work(bodyChunks(parseJson(await readFile(input.path, 'utf8')), model));
  const handle = await openTable(context, input);
  try {
    return await work(tableChunks(handle, model, keep));
  } finally {
    handle.close();
  }
}

/** Opens a table; whoever does so closes it. */
export async function openTable(
  { memoryBytes, threads }: BatchContext,
  { file, path, directory }: Omit<Input, 'isBody'>,
): Promise<DatasetHandle> {
  const workDirectory = join(directory, 'table');
  await mkdir(workDirectory);
  return readDataset({
    path,
    fileName: file,
    workDirectory,
    memoryLimitBytes: memoryBytes,
    threads,
    limits: { minRows: 1, minColumns: 1 },
    // As requests carry them, so that a row with a damaged one is told like any other that is wrong.
    pictures: 'base64',
  });
}
