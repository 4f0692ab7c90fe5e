/** Makes the `get` of an object store: the overloads said once, for every store. */
import type { ObjectStore, StoredObject } from './object-store.ts';

/**
 * Makes `get` of what reads an object.
 *
 * @param read gives `'unchanged'` only where the object still has the entity tag `ifNoneMatch`
 */
export function conditionalGet(
  read: (key: string, ifNoneMatch: string | undefined) => Promise<StoredObject | 'unchanged' | null>,
): ObjectStore['get'] {
  async function get(key: string): Promise<StoredObject | null>;
  async function get(
    key: string,
    options: { readonly ifNoneMatch: string },
  ): Promise<StoredObject | 'unchanged' | null>;
  async function get(
    key: string,
    options?: { readonly ifNoneMatch: string },
  ): Promise<StoredObject | 'unchanged' | null> {
    return read(key, options?.ifNoneMatch);
  }
  return get;
}
