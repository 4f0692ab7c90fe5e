/** Keys in the order of S3, that of their UTF-8 bytes, with fast lookup of a place in it. */

/** A sorted set of keys. */
export interface SortedKeys {
  readonly size: number;
  add(key: string): void;
  remove(key: string): void;
  /** Place of the first key not before `key`. */
  firstFrom(key: string): number;
  at(place: number): string | undefined;
}

/** Builds the set; `keys` may come in any order, without repeats. */
export function createSortedKeys(keys: Iterable<string> = []): SortedKeys {
  const sorted = [...keys].sort(compareKeys);
  const firstFrom = (key: string): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(sorted[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    get size() {
      return sorted.length;
    },
    add: (key) => {
      const place = firstFrom(key);
      if (sorted[place] !== key) sorted.splice(place, 0, key);
    },
    remove: (key) => {
      const place = firstFrom(key);
      if (sorted[place] === key) sorted.splice(place, 1);
    },
    firstFrom,
    at: (place) => sorted[place],
  };
}

/**
 * Compares as UTF-8 bytes would. JavaScript compares UTF-16 units, which puts the surrogates (code points from
 * U+10000) before U+E000 to U+FFFF; lifting them above mends the order.
 */
export function compareKeys(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a !== b) return lift(a) - lift(b);
  }
  return left.length - right.length;
}

function lift(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** The smallest key after every key that starts with `prefix`; `undefined` when nothing can follow. */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = last.codePointAt(0)! + 1;
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next === 0xd800 ? 0xe000 : next);
  }
  return undefined;
}
