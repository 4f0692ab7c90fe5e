/** What a fitted ensemble answers, computed plainly: the reference for the exported graph. */
import type { Matrix } from '../../core/index.ts';
import { BINS } from './bins.ts';
import { holdsCode } from './code-sets.ts';
import type { Boosting, Forest, Tree } from './types.ts';

/** The leaf a row falls into; `offset` is where the row starts in the matrix. */
export function leafOf(tree: Tree, data: Float32Array, offset: number): number {
  const { feature, left, right } = tree;
  let node = 0;
  for (let column = feature[0]!; column >= 0; column = feature[node]!) {
    node = goesLeft(tree, node, data[offset + column]!) ? left[node]! : right[node]!;
  }
  return node;
}

function goesLeft(
  { threshold, setStart, setWords, missingLeft }: Tree,
  node: number,
  value: number,
): boolean {
  const start = setStart[node]!;
  if (start < 0) return Number.isNaN(value) ? missingLeft[node] === 1 : value <= threshold[node]!;
  return value >= 0 ? value < BINS && holdsCode(setWords, start, value) : missingLeft[node] === 1;
}

/** `rows x outputs`: class probabilities, or the predicted numbers. */
export function predictForest(forest: Forest, matrix: Matrix): Float64Array {
  const { outputs, trees } = forest;
  const sums = new Float64Array(matrix.rows * outputs);
  for (const tree of trees) {
    for (let row = 0; row < matrix.rows; row += 1) {
      const leaf = leafOf(tree, matrix.data, row * matrix.columns);
      for (let output = 0; output < outputs; output += 1) {
        sums[row * outputs + output]! += tree.values[leaf * outputs + output]!;
      }
    }
  }
  return sums.map((sum) => forest.baseline + sum / trees.length);
}

/** `rows x outputs` raw scores: the prediction for squared error, log-odds for the log losses. */
export function boostingScores(boosting: Boosting, matrix: Matrix): Float64Array {
  const { outputs, baseline, trees } = boosting;
  const scores = new Float64Array(matrix.rows * outputs);
  for (let index = 0; index < scores.length; index += 1) scores[index] = baseline[index % outputs]!;
  for (const [index, tree] of trees.entries()) {
    for (let row = 0; row < matrix.rows; row += 1) {
      const leaf = leafOf(tree, matrix.data, row * matrix.columns);
      scores[row * outputs + (index % outputs)]! += tree.values[leaf]!;
    }
  }
  return scores;
}
