/** Mends files whose lines end in different ways, as happens when files from several systems are joined. */
import { open } from 'node:fs/promises';
import type { CsvDialect } from './csv-dialect.ts';
import { type LineEnding, scanCsv } from './csv-scan.ts';

/** Where to write, and how the file is built. */
export interface JoinLinesOptions {
  readonly fileName: string;
  readonly dialect: CsvDialect;
  readonly textStart: number;
  readonly destination: string;
}

/** A CSV file with one kind of line ending. */
export interface ReadableCsv {
  readonly path: string;
  /** Lines before the header. */
  readonly skip: number;
  readonly ending: LineEnding;
}

const flushBytes = 1 << 20;

/**
 * Copies the records of a CSV file with one line feed after each; what is inside quotes stays as it is.
 * Blank lines are left out, so nothing has to be skipped before the header.
 */
export async function joinLines(
  path: string,
  { fileName, dialect, textStart, destination }: JoinLinesOptions,
): Promise<ReadableCsv> {
  const places: number[] = [];
  await scanCsv(path, {
    fileName,
    dialect,
    textStart,
    onRecord: ({ start, end }) => places.push(start, end),
  });
  const source = await open(path);
  const target = await open(destination, 'w');
  try {
    let pieces: Buffer[] = [];
    let size = 0;
    for (let index = 0; index < places.length; index += 2) {
      const start = places[index] as number;
      const record = Buffer.alloc((places[index + 1] as number) - start + 1, '\n');
      await source.read(record, 0, record.length - 1, start);
      pieces.push(record);
      size += record.length;
      if (size < flushBytes && index + 2 < places.length) continue;
      await target.write(Buffer.concat(pieces));
      pieces = [];
      size = 0;
    }
  } finally {
    await source.close();
    await target.close();
  }
  return { path: destination, skip: 0, ending: 'lf' };
}
