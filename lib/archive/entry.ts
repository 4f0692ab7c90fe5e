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

/** What an archive may hold. */
export interface ArchiveLimits {
  readonly maxEntries: number;
}

export const invalidArchive = (problem: string): OnrampError =>
  invalidInput(`The zip or tar archive cannot be read: ${problem}.`, { code: 'invalid_archive' });

export const tooManyEntries = ({ maxEntries }: ArchiveLimits): OnrampError =>
  invalidArchive(`it has more than ${maxEntries} files`);

/** A path as it is compared; `./` before it and doubled slashes mean nothing. */
export const plainPath = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
