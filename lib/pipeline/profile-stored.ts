/** Profiles the table of a data set anew, as a spec wants its columns read. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetProfile } from '../contracts/profile.ts';
import { profileDataset, readDataset } from '../dataset/index.ts';
import type { PipelineContext } from './context.ts';

/** A table of texts on disk, as the first station left it. */
export interface StoredTable {
  readonly path: string;
  /** An empty folder for temporary files. */
  readonly directory: string;
  /** The user's name of the file, for messages. */
  readonly fileName: string;
}

/** @param optionsFor how to read, given the names of the columns */
export async function profileStored(
  context: PipelineContext,
  { path, directory, fileName }: StoredTable,
  optionsFor: (columns: readonly string[]) => Parameters<typeof profileDataset>[1],
): Promise<DatasetProfile> {
  const workDirectory = join(directory, 'profile');
  await mkdir(workDirectory);
  const handle = await readDataset({
    ...{ path, fileName, workDirectory },
    memoryLimitBytes: context.memoryBytes,
    threads: context.threads,
    pictures: 'stored',
  });
  try {
    return await profileDataset(handle, optionsFor(handle.columns));
  } finally {
    handle.close();
  }
}
