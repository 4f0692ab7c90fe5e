/** The error file of a job: a line for each row that is wrong, with its first fault. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRowError } from '../../contracts/jobs.ts';
import { type LocalFile, localFile } from './local-file.ts';

/** An error file while it grows. */
export interface RowErrors {
  write(errors: readonly JobRowError[]): Promise<void>;
  /** Finishes it; there is none without an error. */
  end(): Promise<LocalFile | null>;
  /** Closes it, to leave it. */
  close(): Promise<void>;
}

/** Opens the file in a folder. */
export async function openRowErrors(directory: string): Promise<RowErrors> {
  const file = await open(join(directory, 'errors.jsonl'), 'w');
  let [count, isOpen] = [0, true];
  const close = async (): Promise<void> => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    close,
    write: async (errors) => {
      count += errors.length;
      if (errors.length > 0) await file.writeFile(errors.map(errorLine).join(''));
    },
    end: async () => {
      await close();
      return count === 0 ? null : localFile(directory, 'errors.jsonl', count);
    },
  };
}

const errorLine = (error: JobRowError): string => `${JSON.stringify(error)}\n`;
