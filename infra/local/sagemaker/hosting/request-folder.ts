/** Requests that wait in a queue, a file each: what was accepted survives the end of the platform. */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../s3/index.ts';

/** A queued request. */
export interface QueuedRequest {
  readonly inferenceId: string;
  /** Headers for the container. */
  readonly headers: Readonly<Record<string, string>>;
  /** `s3://bucket/key`, or the body itself in base64. */
  readonly input: { readonly location: string } | { readonly base64: string };
  /** Keys in the bucket of the answers. */
  readonly outputKey: string;
  readonly failureKey: string;
  /** Milliseconds since 1970; whoever waits longer fails. */
  readonly expiresAt: number;
  readonly timeoutMs: number;
}

/** What is known of a waiting request without reading it. */
export interface Waiting {
  readonly file: string;
  readonly expiresAt: number;
}

/** The requests of one endpoint, oldest first. */
export interface RequestFolder {
  waiting(): Waiting[];
  /** On disk when it is done, also if the machine then loses its power. */
  add(file: string, request: QueuedRequest): Promise<void>;
  /** `null` if somebody removed it, or nobody can read it. */
  read(file: string): QueuedRequest | null;
  remove(file: string): void;
}

/**
 * Opens a folder and clears it of what was not written to its end; names of files must sort by age.
 *
 * @param report told of requests that cannot be read, which are removed
 */
export function openRequestFolder(directory: string, report: (message: string) => void): RequestFolder {
  mkdirSync(directory, { recursive: true });
  const remove = (file: string): void => rmSync(join(directory, file), { force: true });
  for (const draft of globSync('*.tmp', { cwd: directory })) remove(draft);
  const read = (file: string): QueuedRequest | null => {
    const path = join(directory, file);
    if (!existsSync(path)) return null;
    try {
      return JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      report(`${path} holds no request and is removed: ${(error as Error).message}`);
      remove(file);
      return null;
    }
  };
  return {
    read,
    remove,
    waiting: () =>
      globSync('*.json', { cwd: directory })
        .sort()
        .flatMap((file) => {
          const request = read(file);
          return request ? [{ file, expiresAt: request.expiresAt }] : [];
        }),
    add: (file, request) =>
      replaceFile(join(directory, file), JSON.stringify(request), {
        temporary: join(directory, `${file}.tmp`),
      }),
  };
}
