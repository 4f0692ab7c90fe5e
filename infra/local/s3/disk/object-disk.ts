/** Buckets and objects on the disk, indexed in memory; every change is one atomic, durable commit. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '../../../../lib/core/index.ts';
import type { ObjectRecord } from '../types.ts';
import { s3Error } from '../wire/s3-error.ts';
import { type BlobFiles, createBlobFiles } from './blob-files.ts';
import { removeFile, replaceFile, syncDirectory } from './durable-file.ts';
import { createKeyLocks, type KeyLocks } from './key-locks.ts';
import { countStart, type Layout, prepareLayout, readRecords } from './record-files.ts';
import { createSequencer } from './sequencer.ts';
import { createSortedKeys, type SortedKeys } from './sorted-keys.ts';
import { sweepBlobs } from './sweep-blobs.ts';
import { openUploads, type Uploads } from './uploads.ts';

/** A bucket and the records of its objects. */
export interface Bucket {
  readonly name: string;
  readonly createdAt: number;
  readonly records: ReadonlyMap<string, ObjectRecord>;
  readonly keys: SortedKeys;
}

/** A record before its commit gives it a time and a place in the order of commits. */
export type ObjectDraft = Omit<ObjectRecord, 'modifiedAt' | 'sequencer' | 'eventId'>;
/** Looks at the record in force and throws to refuse the change; runs while nobody else can change it. */
export type Guard = (current: ObjectRecord | undefined) => void;

/** The whole store. */
export interface ObjectDisk {
  readonly blobs: BlobFiles;
  readonly uploads: Uploads;
  buckets(): readonly Bucket[];
  /** @throws NoSuchBucket */
  bucket(name: string): Bucket;
  createBucket(name: string): Promise<void>;
  /** @throws BucketNotEmpty */
  removeBucket(name: string): Promise<void>;
  /** Puts a record in force and removes the blobs of the one it replaces. `flush` makes its blobs durable, if they are not. */
  commit(draft: ObjectDraft, guard: Guard, flush?: () => Promise<void>): Promise<ObjectRecord>;
  /** Changes a record in place, keeping its bytes. @throws NoSuchKey */
  amend(bucket: string, key: string, change: (record: ObjectRecord) => ObjectRecord): Promise<ObjectRecord>;
  remove(bucket: string, key: string, guard: Guard): Promise<void>;
}

interface MutableBucket extends Bucket {
  readonly records: Map<string, ObjectRecord>;
  /** Commits under way, so that a bucket is not removed below one. */
  writers: number;
}

interface Context {
  readonly layout: Layout;
  readonly blobs: BlobFiles;
  readonly buckets: Map<string, MutableBucket>;
  readonly locks: KeyLocks;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly nextSequencer: () => string;
}

/**
 * Opens the store in a directory: reads every record, removes what no record names.
 *
 * @param dependencies `createId` must never repeat: it names files
 */
export async function openObjectDisk(
  directory: string,
  {
    clock,
    createId,
    logger,
  }: { readonly clock: Clock; readonly createId: () => string; readonly logger: Logger },
): Promise<ObjectDisk> {
  await mkdir(directory, { recursive: true });
  const layout = await prepareLayout(directory);
  const nextSequencer = createSequencer(await countStart(layout, createId));
  const blobs = createBlobFiles(layout, createId);
  const buckets = await loadBuckets(layout);
  const locks = createKeyLocks();
  const uploads = await openUploads({
    layout,
    blobs,
    locks,
    createId,
    isFinished: ({ bucket, key, uploadId }) => {
      const open = buckets.get(bucket);
      return open === undefined || open.records.get(key)?.uploadId === uploadId;
    },
  });
  await sweepBlobs({ blobs, buckets, uploads, logger });
  const context = { layout, blobs, buckets, locks, clock, createId, nextSequencer };
  return { blobs, uploads, ...bucketVerbs(context), ...objectVerbs(context) };
}

function bucketVerbs({
  layout,
  buckets,
  clock,
  createId,
  locks,
}: Context): Pick<ObjectDisk, 'buckets' | 'bucket' | 'createBucket' | 'removeBucket'> {
  // One after the other: a removal still under way would take the directory of a bucket made anew under its name.
  const locked = (name: string, work: () => Promise<void>): Promise<void> => locks(`bucket/${name}`, work);
  return {
    buckets: () => [...buckets.values()].sort((left, right) => (left.name < right.name ? -1 : 1)),
    bucket: (name) => openBucket(buckets, name),
    createBucket: (name) =>
      locked(name, async () => {
        if (buckets.has(name)) return;
        const createdAt = clock.now();
        await mkdir(layout.bucketObjects(name), { recursive: true });
        await syncDirectory(layout.objects);
        const content = JSON.stringify({ name, createdAt });
        const temporary = join(layout.temporary, createId());
        await replaceFile(layout.bucketFile(name), content, { temporary });
        buckets.set(name, newBucket({ name, createdAt }, []));
      }),
    removeBucket: (name) =>
      locked(name, async () => {
        const { records, writers } = openBucket(buckets, name);
        if (records.size + writers > 0) throw s3Error('BucketNotEmpty');
        buckets.delete(name);
        await removeFile(layout.bucketFile(name));
        await rm(layout.bucketObjects(name), { recursive: true, force: true });
      }),
  };
}

function objectVerbs(context: Context): Pick<ObjectDisk, 'commit' | 'amend' | 'remove'> {
  const { layout, blobs, buckets, clock, createId, nextSequencer } = context;
  const locked = async <T>(
    name: string,
    key: string,
    work: (bucket: MutableBucket) => Promise<T>,
  ): Promise<T> => {
    const bucket = openBucket(buckets, name);
    bucket.writers += 1;
    try {
      return await context.locks(`object/${name}/${key}`, () => work(bucket));
    } finally {
      bucket.writers -= 1;
    }
  };
  const write = async (
    bucket: MutableBucket,
    record: ObjectRecord,
    after: Promise<void> = Promise.resolve(),
  ): Promise<void> => {
    const path = layout.objectFile(record.bucket, record.key);
    const temporary = join(layout.temporary, createId());
    await replaceFile(path, JSON.stringify(record), { temporary, after });
    bucket.records.set(record.key, record);
  };
  return {
    commit: (draft, guard, flush) =>
      locked(draft.bucket, draft.key, async (bucket) => {
        const before = bucket.records.get(draft.key);
        guard(before);
        const record = { ...draft, modifiedAt: clock.now(), sequencer: nextSequencer(), eventId: createId() };
        await write(bucket, record, flush?.());
        if (before) await blobs.remove(before.segments.map(({ blob }) => blob));
        else bucket.keys.add(draft.key);
        return record;
      }),
    amend: (name, key, change) =>
      locked(name, key, async (bucket) => {
        const before = bucket.records.get(key);
        if (!before) throw s3Error('NoSuchKey', undefined, { fields: { Key: key } });
        const record = change(before);
        await write(bucket, record);
        return record;
      }),
    remove: (name, key, guard) =>
      locked(name, key, async (bucket) => {
        const before = bucket.records.get(key);
        guard(before);
        if (!before) return;
        await removeFile(layout.objectFile(name, key));
        bucket.records.delete(key);
        bucket.keys.remove(key);
        await blobs.remove(before.segments.map(({ blob }) => blob));
      }),
  };
}

function openBucket(buckets: ReadonlyMap<string, MutableBucket>, name: string): MutableBucket {
  const bucket = buckets.get(name);
  if (!bucket) throw s3Error('NoSuchBucket', undefined, { fields: { BucketName: name } });
  return bucket;
}

function newBucket(
  file: { readonly name: string; readonly createdAt: number },
  records: readonly ObjectRecord[],
): MutableBucket {
  const byKey = new Map(records.map((record) => [record.key, record]));
  return {
    name: file.name,
    createdAt: file.createdAt,
    records: byKey,
    keys: createSortedKeys(byKey.keys()),
    writers: 0,
  };
}

async function loadBuckets(layout: Layout): Promise<Map<string, MutableBucket>> {
  const buckets = new Map<string, MutableBucket>();
  for (const file of await readRecords<{ name: string; createdAt: number }>(layout.buckets)) {
    buckets.set(file.name, newBucket(file, await readRecords<ObjectRecord>(layout.bucketObjects(file.name))));
  }
  return buckets;
}
