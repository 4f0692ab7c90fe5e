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
  /** Gives a leaf its values, one an output; they are rounded to float32. */
  setValues(node: number, values: ArrayLike<number>): void;
  build(): Tree;
}

/** Starts an empty tree; thresholds are read from the bins. */
export function createTreeBuilder(bins: Bins, outputs: number): TreeBuilder {
  const feature: number[] = [];
  const threshold: number[] = [];
  const missingLeft: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const valued: { node: number; values: ArrayLike<number> }[] = [];
  const leaf = (): number => {
    threshold.push(0);
    missingLeft.push(0);
    left.push(-1);
    right.push(-1);
    return feature.push(-1) - 1;
  };
  return {
    leaf,
    split: (node, { column, bin, missingLeft: missing }) => {
      feature[node] = column;
      threshold[node] = thresholdOf(bins, column, bin);
      missingLeft[node] = missing ? 1 : 0;
      left[node] = leaf();
      right[node] = leaf();
      return [left[node], right[node]];
    },
    setValues: (node, values) => {
      valued.push({ node, values });
    },
    build: () => {
      const values = new Float32Array(feature.length * outputs);
      for (const { node, values: leafValues } of valued) values.set(leafValues, node * outputs);
      return {
        feature: Int32Array.from(feature),
        threshold: Float32Array.from(threshold),
        missingLeft: Uint8Array.from(missingLeft),
        left: Int32Array.from(left),
        right: Int32Array.from(right),
        values,
      };
    },
  };
}
