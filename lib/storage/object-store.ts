/** The object store as the rest of Onramp sees it: a few verbs with S3's conditional semantics. */

/** What identifies one state of an object. */
export interface ObjectVersion {
  /** Entity tag, with its quotes, as S3 gives it. */
  readonly etag: string;
}

/** What is known of an object without reading it. */
export interface ObjectInfo extends ObjectVersion {
  readonly key: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly modifiedAt: number;
  /** What it was said to be when it was written; not of those that are listed. */
  readonly contentType?: string;
}

/** An object read whole. */
export interface StoredObject extends ObjectInfo {
  readonly body: Uint8Array;
}

/** When a write may happen. */
export interface WriteCondition {
  /** Only if no object has this key (If-None-Match: *). */
  readonly ifAbsent?: boolean;
  /** Only if the object still has this entity tag (If-Match). */
  readonly ifMatch?: string;
}

/** Options of a write. */
export interface PutOptions extends WriteCondition {
  readonly contentType?: string;
}

/** What a presigned address is good for. */
export interface PresignOptions {
  readonly expiresInSeconds?: number;
  /** GET only: the name a browser saves the file under. */
  readonly fileName?: string;
  /** PUT only: the store refuses a body of any other size. */
  readonly sizeBytes?: number;
}

/**
 * One bucket. A refused condition is an answer (`null`), not an exception; every other failure throws
 * an `upstream` error with the cause kept.
 */
export interface ObjectStore {
  /** The object, or `null` if there is none. `ifNoneMatch` gives `'unchanged'` when the entity tag is still the same. */
  get(key: string): Promise<StoredObject | null>;
  get(key: string, options: { readonly ifNoneMatch: string }): Promise<StoredObject | 'unchanged' | null>;
  /** Bytes `start` to `end` (both included) of an object, or `null` if there is none. */
  getRange(key: string, start: number, end: number): Promise<Uint8Array | null>;
  /** What is known of the object, or `null`. */
  head(key: string): Promise<ObjectInfo | null>;
  /** Writes the object whole. `null` when the condition did not hold (412 or 409). */
  put(key: string, body: Uint8Array | string, options?: PutOptions): Promise<ObjectVersion | null>;
  /** Copies an object into a file, without holding it in memory. `null` if there is none. */
  download(key: string, path: string): Promise<ObjectInfo | null>;
  /** Writes a file as an object, without holding it in memory. `null` when the condition did not hold. */
  upload(key: string, path: string, options?: PutOptions): Promise<ObjectVersion | null>;
  /** Removes the object; no error if there is none. */
  delete(key: string): Promise<void>;
  /** Every object whose key starts with `prefix`, in key order, page by page. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** The next path parts below `prefix` up to `/`, in order: for `a/` over `a/x/1`, `a/y` it gives `x/`, and not `y`. */
  listFolders(prefix: string): AsyncIterable<string>;
  /** An address with which anybody may do this one thing for a while, and the headers that must go with the request. */
  presign(
    method: 'GET' | 'PUT',
    key: string,
    options?: PresignOptions,
  ): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }>;
}
