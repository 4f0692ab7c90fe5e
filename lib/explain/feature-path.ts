/** The features on the way down a tree, and how coalitions of each size weigh (the path `m` of TreeSHAP). */

/** A feature on the path: the share of training rows that went this way, and 1 if the explained row did, else 0. */
export interface PathStep {
  readonly column: number;
  readonly zero: number;
  readonly one: number;
}

/** Paths at each level of a walk; a level is built from the one above, which stays as it was. */
export interface FeaturePath {
  /** Empties the path of level 0. */
  start(): void;
  /**
   * Begins the path below a split at `level`: that of the level without `column`, if it is on it already.
   *
   * @returns the shares `column` had, 1 and 1 if it is new
   */
  take(level: number, column: number): { readonly zero: number; readonly one: number };
  /** Ends the path below a split, to be walked at `level + 1`; may be called again for the other branch. */
  extend(level: number, step: PathStep): void;
  /** Tells for each feature on the path of a level its share of a leaf's value. */
  shares(level: number, tell: (column: number, share: number) => void): void;
}

/** Room for paths of up to `depth` splits. */
export function createFeaturePath(depth: number): FeaturePath {
  const width = depth + 1;
  const newArray = (): Float64Array => new Float64Array((depth + 1) * width);
  // Step 0 is a dummy that is always there, as in the paper.
  const columns = new Int32Array((depth + 1) * width);
  const [zeros, ones, weights, trunk] = [newArray(), newArray(), newArray(), newArray()];
  const lengths = new Int32Array(depth + 1);
  const trunkLengths = new Int32Array(depth + 1);

  const copyLevel = (from: number, to: number, length: number): void => {
    for (const array of [columns, zeros, ones])
      array.copyWithin(to * width, from * width, from * width + length);
  };

  return {
    start: () => {
      lengths[0] = 1;
      columns[0] = -1;
      zeros[0] = 1;
      ones[0] = 1;
      weights[0] = 1;
    },
    take: (level, column) => {
      const start = level * width;
      const below = start + width;
      const length = lengths[level]!;
      let found = 1;
      while (found < length && columns[start + found] !== column) found += 1;
      copyLevel(level, level + 1, length);
      // The trunk of a level holds the weights that both branches below begin with.
      for (let index = 0; index < length; index += 1) trunk[start + index] = weights[start + index]!;
      if (found === length) {
        trunkLengths[level] = length;
        return { zero: 1, one: 1 };
      }
      const shares = { zero: zeros[start + found]!, one: ones[start + found]! };
      unwind({ zeros, ones, weights: trunk }, start, { length, index: found });
      for (const array of [columns, zeros, ones])
        array.copyWithin(below + found, below + found + 1, below + length);
      trunkLengths[level] = length - 1;
      return shares;
    },
    extend: (level, { column, zero, one }) => {
      const from = level * width;
      const start = from + width;
      const length = trunkLengths[level]!;
      columns[start + length] = column;
      zeros[start + length] = zero;
      ones[start + length] = one;
      weights.fill(0, start, start + length + 1);
      for (let size = length - 1; size >= 0; size -= 1) {
        const weight = trunk[from + size]!;
        weights[start + size + 1]! += (one * weight * (size + 1)) / (length + 1);
        weights[start + size]! += (zero * weight * (length - size)) / (length + 1);
      }
      lengths[level + 1] = length + 1;
    },
    shares: (level, tell) => {
      const start = level * width;
      const length = lengths[level]!;
      for (let index = 1; index < length; index += 1) {
        const share =
          sumWithout({ zeros, ones, weights }, start, { length, index }) *
          (ones[start + index]! - zeros[start + index]!);
        tell(columns[start + index]!, share);
      }
    },
  };
}

/** The arrays of paths, and where in one of them a step is. */
interface Steps {
  readonly zeros: Float64Array;
  readonly ones: Float64Array;
  readonly weights: Float64Array;
}
interface Place {
  readonly length: number;
  readonly index: number;
}

/** Takes the step at `index` out of the coalition weights that begin at `start`. */
function unwind({ zeros, ones, weights }: Steps, start: number, { length, index }: Place): void {
  const zero = zeros[start + index]!;
  const one = ones[start + index]!;
  const last = length - 1;
  let next = weights[start + last]!;
  for (let size = last - 1; size >= 0; size -= 1) {
    const before = weights[start + size]!;
    if (one !== 0) {
      weights[start + size] = (next * length) / ((size + 1) * one);
      next = before - (weights[start + size]! * zero * (last - size)) / length;
    } else {
      weights[start + size] = (before * length) / (zero * (last - size));
    }
  }
}

/** The sum of the coalition weights without the step at `index`. */
function sumWithout({ zeros, ones, weights }: Steps, start: number, { length, index }: Place): number {
  const zero = zeros[start + index]!;
  const one = ones[start + index]!;
  const last = length - 1;
  let next = weights[start + last]!;
  let total = 0;
  for (let size = last - 1; size >= 0; size -= 1) {
    if (one !== 0) {
      const weight = (next * length) / ((size + 1) * one);
      total += weight;
      next = weights[start + size]! - (weight * zero * (last - size)) / length;
    } else if (zero !== 0) {
      total += (weights[start + size]! * length) / (zero * (last - size));
    }
  }
  return total;
}
