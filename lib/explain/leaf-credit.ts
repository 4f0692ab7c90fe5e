/** Shares out the leaves of trees among the features that lead to them. */
import type { Matrix } from '../core/index.ts';
import type { Ensemble } from './types.ts';

/** A feature has the value of the explained row. */
export const ROW = 1;
/** A feature has the value of the background sample. */
export const SAMPLE = 2;

type Side = typeof ROW | typeof SAMPLE;

/** Keeps the features that lead to a place in a tree, and shares out leaves among them. */
export interface Credit {
  /** Steps below a split by a feature at which row and sample part. */
  enter(side: Side, column: number): void;
  leave(side: Side): void;
  /** Shares out a leaf among the features that lead to it, for as many background rows as came with it. */
  leaf(node: number, samples: number, into: Float64Array): void;
}

/**
 * Credit for a background of some rows and columns.
 *
 * A leaf that is reached only if `a` features are the row's and `b` others the sample's is a game whose Shapley value
 * is v (a-1)! b! / (a+b)! for each of the `a` and -v a! (b-1)! / (a+b)! for each of the `b`.
 */
export function createCredit(ensemble: Ensemble, { rows, columns }: Matrix): Credit {
  const { valueStart, valueTarget, values, depth } = ensemble;
  const weights = shapleyWeights(Math.min(depth, columns));
  const ownColumns = new Int32Array(depth);
  const otherColumns = new Int32Array(depth);
  let own = 0;
  let others = 0;
  return {
    enter: (side, column) => {
      if (side === ROW) ownColumns[own++] = column;
      else otherColumns[others++] = column;
    },
    leave: (side) => {
      if (side === ROW) own -= 1;
      else others -= 1;
    },
    leaf: (node, samples, into) => {
      if (own + others === 0) return;
      const share = samples / rows;
      const up = own > 0 ? share * weights(own, others) : 0;
      const down = others > 0 ? share * weights(others, own) : 0;
      for (let entry = valueStart[node]!; entry < valueStart[node + 1]!; entry += 1) {
        const value = values[entry]!;
        const start = valueTarget[entry]! * columns;
        for (let index = 0; index < own; index += 1) into[start + ownColumns[index]!]! += value * up;
        for (let index = 0; index < others; index += 1) into[start + otherColumns[index]!]! -= value * down;
      }
    },
  };
}

/** (a-1)! b! / (a+b)! for a + b up to `most`, from the binomial coefficients: 1 / ((a+b) C(a+b-1, b)). */
function shapleyWeights(most: number): (a: number, b: number) => number {
  const width = most + 1;
  const binomials = new Float64Array(width * width);
  for (let n = 0; n < width; n += 1) {
    binomials[n * width] = 1;
    for (let k = 1; k <= n; k += 1) {
      binomials[n * width + k] = binomials[(n - 1) * width + k - 1]! + binomials[(n - 1) * width + k]!;
    }
  }
  const table = new Float64Array(width * width);
  for (let a = 1; a < width; a += 1) {
    for (let b = 0; a + b < width; b += 1)
      table[a * width + b] = 1 / ((a + b) * binomials[(a + b - 1) * width + b]!);
  }
  return (a, b) => table[a * width + b]!;
}

/** How many bits are set in some words of an array. */
export function countBits(array: Int32Array, start: number, end: number): number {
  let count = 0;
  for (let index = start; index < end; index += 1) {
    const word = array[index]!;
    let bits = word - ((word >>> 1) & 0x55555555);
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
