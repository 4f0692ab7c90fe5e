/** The files in an archive, whatever its format. */
import { invalidInput, type OnrampError } from '../core/index.ts';

/** A file in an archive. */
export interface ArchiveEntry {
  /** With `/` between its parts, and no `.` among them. */
  readonly path: string;
  readonly sizeBytes: number;
  /** @throws invalid_request `invalid_archive` for contents that are damaged */
  read(): Promise<Uint8Array>;
}

/** An archive's bytes, by their place. */
export interface ArchiveBytes {
  readonly sizeBytes: number;
  /** @throws invalid_request `invalid_archive` beyond the end */
  read(start: number, length: number): Promise<Buffer>;
}

/** More entries than any folder of a model has. */
export const maxEntries = 10_000;

export const invalidArchive = (problem: string): OnrampError =>
  invalidInput(`The zip or tar archive cannot be read: ${problem}.`, { code: 'invalid_archive' });

/** A path as it is compared; `./` before it and doubled slashes mean nothing. */
export const plainPath = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
