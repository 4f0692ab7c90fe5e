/** Log files of the platform's processes, kept small by one rotation. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { isRecord } from '../../lib/core/index.ts';

/** An open log file. */
export interface LogFile {
  readonly path: string;
  write(text: string | Uint8Array): void;
  /** Begins a new file if the limit is passed, whoever wrote; true if it did. */
  rotateIfLarge(): boolean;
  close(): void;
}

/** How large a log file may become, and who writes to it. */
export interface LogFileOptions {
  readonly limitBytes?: number;
  /** Other processes write to it as well: then it is left to one of them to call `rotateIfLarge` and to tell the others. */
  readonly isShared?: boolean;
}

/** Opens a log file for appending; when it passes its limit it becomes `<path>.1` and a new one is begun. */
export function openLogFile(
  path: string,
  { limitBytes = 20_000_000, isShared = false }: LogFileOptions = {},
): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let file = openSync(path, 'a');
  let sizeBytes = fstatSync(file).size;
  let closed = false;
  const rotate = (): void => {
    closeSync(file);
    renameSync(path, `${path}.1`);
    file = openSync(path, 'a');
    sizeBytes = 0;
  };
  return {
    path,
    write: (text) => {
      // The last words of a process can come after its end, when the platform is closing.
      if (closed) return;
      if (!isShared && sizeBytes > limitBytes) rotate();
      sizeBytes += typeof text === 'string' ? writeSync(file, text) : writeSync(file, text);
    },
    rotateIfLarge: () => {
      if (closed || fstatSync(file).size <= limitBytes) return false;
      rotate();
      return true;
    },
    close: () => {
      closed = true;
      closeSync(file);
    },
  };
}

/** Follows what a process writes: all of it to the log file, and each JSON line of level ERROR to `onError` in short. */
export function followLog(stream: Readable, log: LogFile, onError: (message: string) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    log.write(chunk);
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = data.lastIndexOf(lineEnd) + 1;
    const lines = data.subarray(0, end);
    // Of the many lines that tell of requests, hardly one is looked at.
    if (lines.includes('"ERROR"')) {
      for (const line of lines.toString('utf8').split('\n')) {
        if (line.includes('"ERROR"')) onError(shortMessage(line));
      }
    }
    rest = Buffer.from(data.subarray(end).subarray(-longestLineBytes));
  });
}

const lineEnd = '\n'.charCodeAt(0);
/** A line that never ends must not fill the memory. */
const longestLineBytes = 1_000_000;

function shortMessage(line: string): string {
  try {
    const { message, error }: { readonly message?: unknown; readonly error?: unknown } = JSON.parse(line);
    // An error whose words are all there is to say of it is logged as a text.
    const parts = [message, isRecord(error) ? error.message : error].filter(
      (part) => typeof part === 'string' && part !== '',
    );
    return [...new Set(parts)].join(': ') || line.slice(0, 300);
  } catch {
    return line.slice(0, 300);
  }
}
