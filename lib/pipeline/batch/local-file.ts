/** Files that a worker has made, and how they become those of its job. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobFile } from '../../contracts/jobs.ts';
import { artifactKeys } from '../../contracts/keys.ts';
import type { JobLease } from '../../jobs/index.ts';
import type { PipelineContext } from '../context.ts';

/** A file on this machine, finished. */
export interface LocalFile {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly rows: number;
}

/** A file in a folder, as large as it is. */
export async function localFile(directory: string, name: string, rows: number): Promise<LocalFile> {
  const path = join(directory, name);
  return { name, path, sizeBytes: (await stat(path)).size, rows };
}

const contentTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

/** Stores a file as one of this attempt at a job. */
export async function publishFile(
  { artifacts }: Pick<PipelineContext, 'artifacts'>,
  lease: JobLease,
  file: LocalFile,
): Promise<JobFile> {
  const key = artifactKeys.jobResult(lease.id, lease.attempt, file.name);
  const contentType = contentTypes[file.name.split('.')[1]!] ?? 'application/octet-stream';
  await artifacts.upload(key, file.path, { contentType });
  return { key, size_bytes: file.sizeBytes, rows: file.rows };
}
