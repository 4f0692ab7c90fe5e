/** Log files of the platform's processes, kept small by one rotation. */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** An open log file. */
export interface LogFile {
  readonly path: string;
  write(text: string | Uint8Array): void;
  close(): void;
}

/** Opens a log file for appending; when it passes `limitBytes` it becomes `<path>.1` and a new one is begun. */
export function openLogFile(path: string, { limitBytes = 20_000_000 } = {}): LogFile {
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
      if (sizeBytes > limitBytes) rotate();
      sizeBytes += typeof text === 'string' ? writeSync(file, text) : writeSync(file, text);
    },
    close: () => {
      closed = true;
      closeSync(file);
    },
  };
}

/** Follows what a process writes: all of it to the log file, and each JSON line of level ERROR to `onError` in short. */
export function followLog(stream: Readable, log: LogFile, onError: (message: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    log.write(chunk);
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = (lines.pop() ?? '').slice(-longestLine);
    for (const line of lines) {
      if (line.includes('"ERROR"')) onError(shortMessage(line));
    }
  });
}

/** A line that never ends must not fill the memory. */
const longestLine = 1_000_000;

function shortMessage(line: string): string {
  try {
    const entry: { readonly message?: unknown; readonly error?: { readonly message?: unknown } } =
      JSON.parse(line);
    const parts = [entry.message, entry.error?.message].filter(
      (part) => typeof part === 'string' && part !== '',
    );
    return [...new Set(parts)].join(': ') || line.slice(0, 300);
  } catch {
    return line.slice(0, 300);
  }
}
