/** Refusals of uploaded files: always the user's own file name, the place, what is wrong and what to do. */
import { invalidInput, type OnrampError } from '../core/index.ts';

/** Where in a file something is wrong; lines and columns count from 1. */
export interface FilePlace {
  readonly line?: number;
  readonly column?: number;
}

/** What is wrong with a file. */
export interface FileFault extends FilePlace {
  /** Stable reason, for example `ragged_row`. */
  readonly code: string;
  /** Full sentences: what is wrong and what to do about it. */
  readonly message: string;
  readonly cause?: unknown;
}

/**
 * An `invalid_request` error about an uploaded file.
 *
 * @example fileError('heart.csv', { code: 'ragged_row', line: 7, message: 'Found 3 fields ...' })
 * // message: "heart.csv, line 7: Found 3 fields ..."
 */
export function fileError(fileName: string, fault: FileFault): OnrampError {
  const line = fault.line === undefined ? '' : `, line ${fault.line}`;
  const column = fault.column === undefined ? '' : `, column ${fault.column}`;
  return invalidInput(`${fileName}${line}${column}: ${fault.message}`, {
    code: fault.code,
    param: fileName,
    ...(fault.cause === undefined ? {} : { cause: fault.cause }),
  });
}

/** A short, printable excerpt for a message: control characters become spaces, long text is cut. */
export function excerpt(text: string, length = 60): string {
  const printable = text.replaceAll(/\p{Cc}+/gu, ' ').trim();
  const characters = [...printable];
  return characters.length <= length ? printable : `${characters.slice(0, length).join('')}...`;
}

/** A size in words, for messages. */
export function megabytes(sizeBytes: number): string {
  return `${(sizeBytes / 1024 ** 2).toFixed(1)} MB`;
}

/** The refusal of more rows than may be held. */
export function tooManyRows(fileName: string, maxRows: number): Error {
  return fileError(fileName, {
    code: 'too_many_rows',
    message: `There are more than ${maxRows} rows, which is the limit. Upload a random part of them.`,
  });
}

/** The refusal of a file with nothing in it. */
export function emptyFile(fileName: string): Error {
  return fileError(fileName, {
    code: 'empty_file',
    message: 'The file is empty. Upload a table with column names and rows.',
  });
}
