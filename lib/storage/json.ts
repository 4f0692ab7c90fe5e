/** Small JSON documents in an object store: read with a schema, written whole, changed by compare-and-swap. */
import type * as z from 'zod';
import { conflict, internal } from '../core/index.ts';
import type { ObjectStore, ObjectVersion, WriteCondition } from './object-store.ts';

/** A document with the entity tag of the state that was read. */
export interface JsonDocument<T> extends ObjectVersion {
  readonly value: T;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly modifiedAt: number;
}

/** Waits before another attempt; `attempt` counts from 1. Pass one with jitter where many compete. */
export type Pause = (attempt: number) => Promise<void>;

/** How a document is changed. */
export interface JsonUpdate<T, N extends T | null> {
  readonly schema: z.ZodType<T>;
  /**
   * The next state. Giving back `current` itself, or `null`, writes nothing. It runs again after a lost race, and
   * must not mind its own earlier result, as an answer may get lost after the write; what it throws is thrown on.
   */
  readonly change: (current: T | null) => N;
  readonly attempts?: number;
  readonly pause?: Pause;
}

/**
 * Reads and checks a document; `null` if there is none.
 *
 * @throws internal `stored_document_invalid` if it is not what the schema says
 */
export async function readJson<T>(
  store: ObjectStore,
  key: string,
  schema: z.ZodType<T>,
): Promise<JsonDocument<T> | null> {
  const found = await store.get(key);
  if (!found) return null;
  return { value: parseStored(key, found.body, schema), etag: found.etag, modifiedAt: found.modifiedAt };
}

/** As `readJson`, but `'unchanged'` without a transfer if the document still has this entity tag. */
export async function rereadJson<T>(
  store: ObjectStore,
  key: string,
  { schema, etag }: { readonly schema: z.ZodType<T>; readonly etag: string },
): Promise<JsonDocument<T> | 'unchanged' | null> {
  const found = await store.get(key, { ifNoneMatch: etag });
  if (found === null || found === 'unchanged') return found;
  return { value: parseStored(key, found.body, schema), etag: found.etag, modifiedAt: found.modifiedAt };
}

/** Writes a document; `null` when the condition did not hold. */
export async function writeJson(
  store: ObjectStore,
  key: string,
  { value, ...condition }: { readonly value: unknown } & WriteCondition,
): Promise<ObjectVersion | null> {
  return store.put(key, JSON.stringify(value), { contentType: 'application/json', ...condition });
}

/**
 * Changes a document by compare-and-swap: nobody's change is lost.
 *
 * @returns what `change` gave, once it is stored
 * @throws conflict `too_much_contention` after `attempts` (default 12) lost races
 * @example await updateJson(store, key, { schema: counter, change: (now) => ({ n: (now?.n ?? 0) + 1 }) })
 */
export async function updateJson<T, N extends T | null>(
  store: ObjectStore,
  key: string,
  { schema, change, attempts = 12, pause = noPause }: JsonUpdate<T, N>,
): Promise<N> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const current = await readJson(store, key, schema);
    const next = change(current?.value ?? null);
    if (next === null || next === current?.value) return next;
    const condition = current ? { ifMatch: current.etag } : { ifAbsent: true };
    if (await writeJson(store, key, { value: next, ...condition })) return next;
    await pause(attempt);
  }
  throw conflict(`"${key}" was changed by others ${attempts} times in a row; try again.`, {
    code: 'too_much_contention',
  });
}

async function noPause(): Promise<void> {}

function parseStored<T>(key: string, body: Uint8Array, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(body)));
  } catch (cause) {
    throw internal(`Stored document "${key}" is not what it should be: ${(cause as Error).message}`, {
      code: 'stored_document_invalid',
      cause,
    });
  }
}
