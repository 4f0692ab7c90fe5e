/** Follows log files to their end and beyond: every line is handed on once, also after a crash and over rotations. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './state-database.ts';

/** What a follower is made of. */
export interface LogFollowerOptions {
  /** Files as `openLogFile` keeps them: what was moved aside is at `<path>.1`. */
  readonly paths: readonly string[];
  /** The lines that are handed on. */
  readonly wanted: (line: string) => boolean;
  /** Makes a message of lines; it may take its time. */
  readonly messageOf: (lines: readonly string[], place: string) => Promise<string>;
  /** Stores a message; called within the transaction that stores how far the file was read. */
  readonly send: (message: string) => void;
  /** How much is read at a time. */
  readonly chunkBytes?: number;
}

/** Reads what was written since the last time; one call at a time. */
export type ReadOn = () => Promise<void>;

/** A file is known by its beginning: names change with a rotation, and file systems give numbers out again. */
const identityBytes = 4096;
const lineEnd = '\n'.charCodeAt(0);
/** Two for each file, and some that may come back with a copy of the folder. */
const keptPositions = 16;

interface Position {
  readonly file: string;
  readonly at: number;
}

/** Makes a follower that goes on where the last one of this database stopped. */
export function createLogFollower(database: DatabaseSync, options: LogFollowerOptions): ReadOn {
  const find = database.prepare('SELECT position FROM log_positions WHERE file = ?');
  const keep = database.prepare(
    `INSERT INTO log_positions (file, position) VALUES (?, ?)
     ON CONFLICT (file) DO UPDATE SET position = excluded.position`,
  );
  const forget = database.prepare(
    'DELETE FROM log_positions WHERE rowid NOT IN (SELECT rowid FROM log_positions ORDER BY rowid DESC LIMIT ?)',
  );
  const { paths, wanted, messageOf, send, chunkBytes = 1_048_576 } = options;
  const buffer = Buffer.allocUnsafe(chunkBytes);

  /** Both or neither: a crash in between would lose lines, or have them delivered under another name. */
  const advance = ({ file, at }: Position, message: string | null): void =>
    inTransaction(database, () => {
      if (message !== null) send(message);
      keep.run(file, at);
      forget.run(keptPositions);
    });

  const readFile = async (path: string): Promise<void> => {
    const handle = await openIfThere(path);
    if (!handle) return;
    try {
      const file = await identityOf(handle);
      if (file === null) return;
      let at = Number(find.get(file)?.position ?? 0);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, chunkBytes, at);
        const text = buffer.subarray(0, bytesRead);
        // A line that fills everything there is room for is none of ours.
        const end = text.lastIndexOf(lineEnd) + 1 || (bytesRead === chunkBytes ? bytesRead : 0);
        if (end === 0) return;
        const lines = text.toString('utf8', 0, end).split('\n').filter(wanted);
        const message = lines.length > 0 ? await messageOf(lines, `${file.slice(0, 16)}-${at}`) : null;
        at += end;
        advance({ file, at }, message);
      }
    } finally {
      await handle.close();
    }
  };

  return async () => {
    // The older file first: what a process wrote to it before it heard of the rotation comes before what it wrote since.
    for (const path of paths) for (const name of [`${path}.1`, path]) await readFile(name);
  };
}

type File = Awaited<ReturnType<typeof open>>;

async function openIfThere(path: string): Promise<File | null> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** The digest of the first line, `null` as long as that is not complete. */
async function identityOf(handle: File): Promise<string | null> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(identityBytes), 0, identityBytes, 0);
  const end = buffer.subarray(0, bytesRead).indexOf(lineEnd);
  if (end < 0 && bytesRead < identityBytes) return null;
  return createHash('sha256')
    .update(buffer.subarray(0, end < 0 ? identityBytes : end))
    .digest('hex');
}
