/** Numbers that order the commits of a store. */

/**
 * Starts are counted and commits within one are counted: neither a restart nor a clock set back can repeat one.
 *
 * @param start which start of the store this is, from 1
 * @returns 18 hexadecimal digits, each time greater as text than before
 */
export function createSequencer(start: number): () => string {
  let commits = 0;
  return () => {
    commits += 1;
    return (
      start.toString(16).toUpperCase().padStart(8, '0') + commits.toString(16).toUpperCase().padStart(10, '0')
    );
  };
}
