/** Many small waits at once, but not all at once. */

/**
 * Applies an asynchronous function to every item, at most `limit` at a time; results in the order of the items.
 * The first failure is thrown, and nothing new is started after it.
 */
export async function mapConcurrent<T, R>(
  items: readonly T[],
  apply: (item: T) => Promise<R>,
  limit = 16,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next;
      next += 1;
      try {
        results[index] = await apply(items[index] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
