/** Archives in which folders are sent, tar and zip: their entries found first and read one by one. */
export { withArchive } from './archive.ts';
export type { ArchiveEntry } from './entry.ts';
