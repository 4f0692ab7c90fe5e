/** Data sets made on the spot: files in a directory that is removed after each test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { OnrampError } from '../../lib/core/index.ts';
import { type DatasetHandle, type ReadDatasetOptions, readDataset } from '../../lib/dataset/index.ts';

/** Reads content under a name, with everything closed and removed after the test. */
export interface Temporary {
  readonly directory: string;
  write(name: string, content: string | Uint8Array): string;
  read(
    name: string,
    content: string | Uint8Array,
    options?: Partial<ReadDatasetOptions>,
  ): Promise<DatasetHandle>;
  readFile(path: string, options?: Partial<ReadDatasetOptions>): Promise<DatasetHandle>;
  /** The error with which reading is refused. */
  refusal(
    name: string,
    content: string | Uint8Array,
    options?: Partial<ReadDatasetOptions>,
  ): Promise<OnrampError>;
}

/** One directory for a test file. */
export function temporaryDatasets(): Temporary {
  const directory = mkdtempSync(join(tmpdir(), 'dataset-test-'));
  const open: DatasetHandle[] = [];
  let count = 0;
  afterEach(() => {
    for (const handle of open.splice(0)) handle.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const write = (name: string, content: string | Uint8Array): string => {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const readFile: Temporary['readFile'] = async (path, options = {}) => {
    count += 1;
    const workDirectory = join(directory, `work-${count}`);
    mkdirSync(workDirectory, { recursive: true });
    const fileName = path.slice(path.lastIndexOf('/') + 1);
    const handle = await readDataset({ path, fileName, workDirectory, ...options });
    open.push(handle);
    return handle;
  };
  const read: Temporary['read'] = (name, content, options) => readFile(write(name, content), options);
  return {
    directory,
    write,
    read,
    readFile,
    refusal: (name, content, options) =>
      read(name, content, options).then(
        () => {
          throw new Error(`${name} was accepted`);
        },
        (error: OnrampError) => error,
      ),
  };
}

/** All rows of a data set, as texts. */
export function rowsOf(handle: DatasetHandle): Promise<unknown[][]> {
  return handle.database.rows('SELECT * FROM data');
}

/** Lines of CSV from rows made by a function. */
export function csv(header: string, rows: number, row: (index: number) => string): string {
  return `${[header, ...Array.from({ length: rows }, (_, index) => row(index))].join('\n')}\n`;
}
