/** From a range of an object to the stretches of the blobs that hold it. */
import type { BlobSlice } from '../disk/blob-files.ts';
import type { ObjectRecord } from '../types.ts';
import type { ByteRange } from '../wire/range.ts';

/** The slices that together are the bytes from `start` up to `end`. */
export function slicesOf(
  { segments }: Pick<ObjectRecord, 'segments'>,
  { start, end }: ByteRange,
): readonly BlobSlice[] {
  const slices: BlobSlice[] = [];
  let offset = 0;
  for (const { blob, sizeBytes } of segments) {
    const slice = { blob, start: Math.max(0, start - offset), end: Math.min(sizeBytes, end - offset) };
    if (slice.start < slice.end) slices.push(slice);
    offset += sizeBytes;
  }
  return slices;
}
