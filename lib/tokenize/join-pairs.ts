/** The merging of byte-pair encoding, in a time that grows with the length of a word and hardly faster. */

/** What two neighbours become, and how early the training joined them. */
export interface Merge {
  readonly rank: number;
  readonly id: number;
}

/** The largest id for which `pairKey` is exact. */
export const maxId = 0x3fffff;
/** A number for two neighbours. */
export const pairKey = (left: number, right: number): number => left * 0x80000000 + right;

/** A pair that may be joined, by the place of its left token; void once either token is another. */
interface Candidate {
  readonly merge: Merge;
  readonly at: number;
  readonly left: number;
  readonly right: number;
}

const isBefore = (one: Candidate, other: Candidate): boolean =>
  one.merge.rank < other.merge.rank || (one.merge.rank === other.merge.rank && one.at < other.at);

/** Joins neighbours until none can be: those first that training joined first, and of these the leftmost. */
export function joinPairs(given: readonly number[], merges: ReadonlyMap<number, Merge>): readonly number[] {
  const { length } = given;
  const ids = Int32Array.from(given);
  const next = Int32Array.from({ length }, (_, at) => at + 1);
  const previous = Int32Array.from({ length }, (_, at) => at - 1);
  const heap: Candidate[] = [];
  const offer = (at: number): void => {
    const [left, right] = [ids[at], ids[next[at]!]];
    const merge = left === undefined || right === undefined ? undefined : merges.get(pairKey(left, right));
    if (merge) push(heap, { merge, at, left: left!, right: right! });
  };
  for (let at = 0; at + 1 < length; at += 1) offer(at);
  for (let best = pop(heap); best; best = pop(heap)) {
    const { merge, at, left, right } = best;
    const joined = next[at]!;
    if (ids[at] !== left || ids[joined] !== right) continue;
    ids[at] = merge.id;
    ids[joined] = gone;
    const after = next[joined]!;
    next[at] = after;
    if (after < length) previous[after] = at;
    if (previous[at]! >= 0) offer(previous[at]!);
    offer(at);
  }
  return Array.from(ids).filter((id) => id !== gone);
}

/** In the place of a token that was joined to the one before it. */
const gone = -1;

function push(heap: Candidate[], item: Candidate): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(item, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Candidate[]): Candidate | undefined {
  const first = heap[0];
  const item = heap.pop();
  if (item === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, item)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = item;
  return first;
}
