/** Writes splits by sets of codes as chains of splits by one code, all that ai.onnx.ml 3 has for them. */
import { codesOf } from './code-sets.ts';
import type { Tree } from './types.ts';

/** The nodes of a tree in the words of ONNX, one entry a node. */
export interface UnfoldedTree {
  readonly modes: readonly ('LEAF' | 'BRANCH_LEQ' | 'BRANCH_EQ')[];
  readonly features: readonly number[];
  readonly values: readonly number[];
  readonly whenTrue: readonly number[];
  readonly whenFalse: readonly number[];
  readonly missingTrue: readonly number[];
  readonly covers: readonly number[];
}

/** The code of a category that is not known. */
const UNKNOWN = -1;

/**
 * Nodes keep their numbers; the further nodes of chains come after them. All nodes of a chain go to the same left child,
 * which onnxruntime takes for what it is, and where the codes allow it makes one test of.
 */
export function unfoldSets(tree: Tree): UnfoldedTree {
  const { feature, threshold, setStart, setWords, missingLeft, left, right } = tree;
  const atSplit = (pick: (node: number) => number): number[] =>
    Array.from(feature, (column, node) => (column < 0 ? 0 : pick(node)));
  const modes = Array.from(feature, (column, node) => {
    if (column < 0) return 'LEAF';
    return setStart[node]! < 0 ? 'BRANCH_LEQ' : 'BRANCH_EQ';
  });
  const features = atSplit((node) => feature[node]!);
  const values = atSplit((node) => threshold[node]!);
  const whenTrue = atSplit((node) => left[node]!);
  const whenFalse = atSplit((node) => right[node]!);
  const missingTrue = atSplit((node) => missingLeft[node]!);
  const covers = Array.from(tree.cover);
  for (let node = 0; node < feature.length; node += 1) {
    if (setStart[node]! < 0) continue;
    const codes = codesOf(setWords, setStart[node]!);
    if (missingLeft[node] === 1) codes.push(UNKNOWN);
    values[node] = codes[0]!;
    let last = node;
    for (const code of codes.slice(1)) {
      const next = modes.push('BRANCH_EQ') - 1;
      whenFalse[last] = next;
      for (const list of [features, whenTrue, missingTrue, covers]) list.push(list[node]!);
      values.push(code);
      whenFalse.push(right[node]!);
      last = next;
    }
  }
  return { modes, features, values, whenTrue, whenFalse, missingTrue, covers };
}
