/** Multipart uploads under way; they survive a restart. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartRecord, UploadRecord } from '../types.ts';
import { s3Error } from '../wire/s3-error.ts';
import type { BlobFiles } from './blob-files.ts';
import { removeFile, replaceFile, syncDirectory } from './durable-file.ts';
import type { KeyLocks } from './key-locks.ts';
import { type Layout, readJson, readRecords } from './record-files.ts';

/** An upload and the parts that arrived so far, by number. */
export interface OpenUpload {
  readonly record: UploadRecord;
  readonly parts: ReadonlyMap<number, PartRecord>;
}

/** All uploads of one store. */
export interface Uploads {
  start(record: UploadRecord): Promise<void>;
  /** @throws NoSuchUpload unless it is under way for this bucket and key */
  get(address: UploadAddress): OpenUpload;
  all(): Iterable<OpenUpload>;
  /** Adds a part, or replaces the one of the same number. @throws NoSuchUpload, and removes the blob of the part */
  addPart(address: UploadAddress, part: PartRecord): Promise<void>;
  /** Runs `assemble` while nothing else touches the upload, then forgets the upload and the blobs not kept. */
  finish<T>(
    address: UploadAddress,
    assemble: (upload: OpenUpload) => Promise<{ readonly result: T; readonly kept: readonly string[] }>,
  ): Promise<T>;
}

/** What names an upload on the wire. */
export interface UploadAddress {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

interface Context {
  readonly layout: Layout;
  readonly blobs: BlobFiles;
  readonly locks: KeyLocks;
  readonly createId: () => string;
  /** True for an upload whose object is committed, so that only its forgetting was cut short. */
  readonly isFinished: (record: UploadRecord) => boolean;
}

interface MutableUpload extends OpenUpload {
  readonly parts: Map<number, PartRecord>;
}

const recordName = 'upload.json';

/** Reads back what was under way and tidies what a crash left half removed. */
export async function openUploads(context: Context): Promise<Uploads> {
  const { layout, blobs, locks, createId } = context;
  const uploads = await loadUploads(context);
  const write = (path: string, value: object): Promise<void> =>
    replaceFile(path, JSON.stringify(value), { temporary: join(layout.temporary, createId()) });
  const get = ({ bucket, key, uploadId }: UploadAddress): MutableUpload => {
    const upload = uploads.get(uploadId);
    if (upload?.record.bucket !== bucket || upload.record.key !== key) throw s3Error('NoSuchUpload');
    return upload;
  };
  const forget = async (upload: OpenUpload, kept: readonly string[]): Promise<void> => {
    uploads.delete(upload.record.uploadId);
    await removeUpload(layout, upload.record.uploadId);
    await blobs.remove(
      [...upload.parts.values()].map(({ blob }) => blob).filter((blob) => !kept.includes(blob)),
    );
  };
  return {
    get,
    all: () => uploads.values(),
    start: async (record) => {
      const directory = layout.uploadDirectory(record.uploadId);
      await mkdir(directory);
      await write(join(directory, recordName), record);
      await syncDirectory(layout.uploads);
      uploads.set(record.uploadId, { record, parts: new Map() });
    },
    addPart: (address, part) =>
      locks(`upload/${address.uploadId}`, async () => {
        try {
          const { parts } = get(address);
          await write(join(layout.uploadDirectory(address.uploadId), `${part.number}.json`), part);
          const before = parts.get(part.number);
          parts.set(part.number, part);
          if (before) await blobs.remove([before.blob]);
        } catch (error) {
          await blobs.remove([part.blob]);
          throw error;
        }
      }),
    finish: (address, assemble) =>
      locks(`upload/${address.uploadId}`, async () => {
        const upload = get(address);
        const { result, kept } = await assemble(upload);
        await forget(upload, kept);
        return result;
      }),
  };
}

async function loadUploads({ layout, isFinished }: Context): Promise<Map<string, MutableUpload>> {
  const uploads = new Map<string, MutableUpload>();
  for (const uploadId of await readdir(layout.uploads)) {
    const directory = layout.uploadDirectory(uploadId);
    const record = await readJson<UploadRecord>(join(directory, recordName));
    if (record === null || isFinished(record)) {
      await removeUpload(layout, uploadId);
      continue;
    }
    const parts = (await readRecords<PartRecord | UploadRecord>(directory)).filter(
      (part) => 'number' in part,
    );
    uploads.set(uploadId, { record, parts: new Map(parts.map((part) => [part.number, part])) });
  }
  return uploads;
}

/** The record goes first: a directory without it is a removal that was cut short. */
async function removeUpload(layout: Layout, uploadId: string): Promise<void> {
  const directory = layout.uploadDirectory(uploadId);
  await removeFile(join(directory, recordName));
  await rm(directory, { recursive: true, force: true });
}
