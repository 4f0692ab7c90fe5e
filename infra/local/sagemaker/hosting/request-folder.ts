/** Requests that wait in a queue, a file each: what was accepted survives the end of the platform. */
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
  /** On disk when it returns. */
  add(file: string, request: QueuedRequest): void;
  /** `null` if somebody removed it. */
  read(file: string): QueuedRequest | null;
  remove(file: string): void;
}

/** Opens a folder; names of files must sort by age. */
export function openRequestFolder(directory: string): RequestFolder {
  mkdirSync(directory, { recursive: true });
  const read = (file: string): QueuedRequest | null =>
    existsSync(join(directory, file)) ? JSON.parse(readFileSync(join(directory, file), 'utf8')) : null;
  return {
    read,
    waiting: () =>
      globSync('*.json', { cwd: directory })
        .sort()
        .map((file) => ({ file, expiresAt: read(file)!.expiresAt })),
    add: (file, request) => {
      const draft = join(directory, `${file}.tmp`);
      writeFileSync(draft, JSON.stringify(request));
      renameSync(draft, join(directory, file));
    },
    remove: (file) => rmSync(join(directory, file), { force: true }),
  };
}
