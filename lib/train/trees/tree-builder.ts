/** Collects the nodes of a growing tree and freezes them into flat arrays. */
import { type Bins, thresholdOf } from './bins.ts';
import type { Split } from './split.ts';
import type { Tree } from './types.ts';

/** A tree under construction. */
export interface TreeBuilder {
  /** A new leaf without a value; the first one is the root. Returns its node number. */
  leaf(): number;
  /** Turns a leaf into a split with two new leaves; returns their node numbers. */
  split(node: number, split: Split): [number, number];
  /** Gives a leaf its values, one an output, rounded to float32, and the count of its training rows. */
  setValues(node: number, values: ArrayLike<number>, rows: number): void;
  build(): Tree;
}

/** Starts an empty tree; thresholds are read from the bins. */
export function createTreeBuilder(bins: Bins, outputs: number): TreeBuilder {
  const feature: number[] = [];
  const threshold: number[] = [];
  const missingLeft: number[] = [];
  const setStart: number[] = [];
  const setWords: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const valued: { node: number; values: ArrayLike<number>; rows: number }[] = [];
  const leaf = (): number => {
    threshold.push(0);
    setStart.push(-1);
    missingLeft.push(0);
    left.push(-1);
    right.push(-1);
    return feature.push(-1) - 1;
  };
  return {
    leaf,
    split: (node, { column, bin, set, missingLeft: missing }) => {
      feature[node] = column;
      if (set === undefined) threshold[node] = thresholdOf(bins, column, bin);
      else setStart[node] = setWords.push(...set) - set.length;
      missingLeft[node] = missing ? 1 : 0;
      left[node] = leaf();
      right[node] = leaf();
      return [left[node], right[node]];
    },
    setValues: (node, values, rows) => {
      valued.push({ node, values, rows });
    },
    build: () => {
      const values = new Float32Array(feature.length * outputs);
      const cover = new Float32Array(feature.length);
      for (const leaf of valued) {
        values.set(leaf.values, leaf.node * outputs);
        cover[leaf.node] = leaf.rows;
      }
      // Children have larger numbers than their parent.
      for (let node = feature.length - 1; node >= 0; node -= 1) {
        if (feature[node]! >= 0) cover[node] = cover[left[node]!]! + cover[right[node]!]!;
      }
      return {
        feature: Int32Array.from(feature),
        threshold: Float32Array.from(threshold),
        setStart: Int32Array.from(setStart),
        setWords: Uint32Array.from(setWords),
        missingLeft: Uint8Array.from(missingLeft),
        left: Int32Array.from(left),
        right: Int32Array.from(right),
        values,
        cover,
      };
    },
  };
}
