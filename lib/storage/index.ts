/** The object store: conditional writes, listings, files, and JSON documents on top of it. */
export { mapConcurrent } from '../core/index.ts';
export { createFolderObjectStore, type FolderObjectStoreOptions } from './folder-object-store.ts';
export {
  type JsonDocument,
  type JsonUpdate,
  type Pause,
  readJson,
  rereadJson,
  updateJson,
  writeJson,
} from './json.ts';
export { createMemoryObjectStore, type MemoryObjectStoreOptions } from './memory-object-store.ts';
export type {
  ObjectInfo,
  ObjectStore,
  ObjectVersion,
  PresignOptions,
  PutOptions,
  StoredObject,
  WriteCondition,
} from './object-store.ts';
export { createS3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts';
