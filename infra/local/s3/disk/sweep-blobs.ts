/** Tidies up at start: what a crash left behind goes, and what it took is reported. */
import type { Logger } from '../../../../lib/core/index.ts';
import type { BlobFiles } from './blob-files.ts';
import type { Bucket } from './object-disk.ts';
import type { Uploads } from './uploads.ts';

/** Removes every blob that no object and no upload names, and logs each that is named and missing. */
export async function sweepBlobs({
  blobs,
  buckets,
  uploads,
  logger,
}: {
  readonly blobs: BlobFiles;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly uploads: Uploads;
  readonly logger: Logger;
}): Promise<void> {
  const named = new Map<string, string>();
  for (const { name, records } of buckets.values()) {
    for (const { key, segments } of records.values())
      for (const { blob } of segments) named.set(blob, `${name}/${key}`);
  }
  for (const { record, parts } of uploads.all()) {
    for (const { blob } of parts.values()) named.set(blob, `${record.bucket}/${record.key}`);
  }
  const present = await blobs.sweep((blob) => named.has(blob));
  for (const [blob, object] of named) {
    if (!present.has(blob)) logger.error('The bytes of an object are gone from the disk.', { object, blob });
  }
}
