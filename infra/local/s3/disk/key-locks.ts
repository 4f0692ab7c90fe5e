/** One writer at a time for each name; others queue up in the order they came. */

/** Runs `work` when everybody before has finished with the same name. */
export type KeyLocks = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Locks that live in this process and cost nothing while nobody waits. */
export function createKeyLocks(): KeyLocks {
  const tails = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const turn = (tails.get(name) ?? Promise.resolve()).then(work);
    const tail = turn
      .catch(() => {})
      .then(() => {
        if (tails.get(name) === tail) tails.delete(name);
      });
    tails.set(name, tail);
    return turn;
  };
}
