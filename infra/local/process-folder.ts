/** A folder for the temporary files of one process, as one that is killed cannot tidy up after itself. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a process is started with. */
export interface ProcessFolder {
  /** The given environment, with the folder as `TMPDIR`. */
  readonly environment: Record<string, string>;
  /** To be called when the process is gone; what cannot be removed now goes when the platform starts again. */
  remove(): Promise<void>;
}

/** Makes a folder inside the one that the environment names. */
export function makeProcessFolder(environment: Readonly<Record<string, string>>): ProcessFolder {
  const path = mkdtempSync(join(environment.TMPDIR ?? tmpdir(), 'process-'));
  return {
    environment: { ...environment, TMPDIR: path },
    remove: () => rm(path, { recursive: true, force: true }).catch(() => {}),
  };
}
