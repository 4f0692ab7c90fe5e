/**
 * Exact interventional SHAP values of tree ensembles against a background sample.
 *
 * A feature left out of a coalition takes the value of a background row (Lundberg et al. 2020, "From local
 * explanations to global understanding with explainable AI for trees", section on interventional feature perturbation).
 * All background rows go down a tree together, as a set of bits that parts where they disagree.
 */
import type { Matrix } from '../core/index.ts';
import { columnMeans, ensembleScores, goesLeft } from './ensemble-scores.ts';
import { countBits, createCredit, ROW, SAMPLE } from './leaf-credit.ts';
import type { Attribution, Ensemble, FeatureAttributor } from './types.ts';

/** No feature's value decides alone: row and sample have gone the same way so far. */
const BOTH = 0;

/**
 * Prepares an ensemble for a background.
 *
 * @param background float32 [rows, features], at least one row
 * @param offsets added to the scores, one a target
 */
export function interventionalTrees(
  ensemble: Ensemble,
  background: Matrix,
  offsets: Float64Array,
): FeatureAttributor {
  const { targets } = ensemble;
  const base = columnMeans(ensembleScores(ensemble, background), targets).map(
    (mean, target) => mean + offsets[target]!,
  );
  const walk = createWalk(ensemble, background);
  return (features): Attribution => {
    const { rows, columns } = features;
    const scores = ensembleScores(ensemble, features).map((sum, index) => sum + offsets[index % targets]!);
    const values = new Float64Array(rows * targets * columns);
    for (let row = 0; row < rows; row += 1) {
      walk(
        features.data.subarray(row * columns, (row + 1) * columns),
        values.subarray(row * targets * columns, (row + 1) * targets * columns),
      );
    }
    return { rows, targets, columns, base, scores, values };
  };
}

/** Adds the SHAP values of one row [targets, features] to `into`. */
type Walk = (row: Float32Array, into: Float64Array) => void;

function createWalk(ensemble: Ensemble, background: Matrix): Walk {
  const { roots, feature, left, right } = ensemble;
  const words = Math.ceil(background.rows / 32);
  const leftBits = backgroundBits(ensemble, background, words);
  // The set of background rows at each depth of the walk; 32-bit integers, signed as the engine likes them best.
  const sets = new Int32Array((ensemble.depth + 1) * words);
  for (let sample = 0; sample < background.rows; sample += 1) sets[sample >> 5]! |= 1 << (sample & 31);
  const held = new Uint8Array(background.columns);
  const credit = createCredit(ensemble, background);
  let row: Float32Array = new Float32Array(0);
  let into: Float64Array = new Float64Array(0);

  /** Writes those of a set that go left (or right) as the set of the next depth; false if there are none. */
  const part = (node: number, depth: number, toLeft: boolean): boolean => {
    const flip = toLeft ? 0 : -1;
    let some = 0;
    for (let word = 0; word < words; word += 1) {
      const kept = sets[depth * words + word]! & (leftBits[node * words + word]! ^ flip);
      sets[(depth + 1) * words + word] = kept;
      some |= kept;
    }
    return some !== 0;
  };

  const visit = (node: number, depth: number): void => {
    const column = feature[node]!;
    if (column < 0) {
      credit.leaf(node, countBits(sets, depth * words, (depth + 1) * words), into);
      return;
    }
    if (held[column] === SAMPLE) {
      if (part(node, depth, true)) visit(left[node]!, depth + 1);
      if (part(node, depth, false)) visit(right[node]!, depth + 1);
      return;
    }
    const rowLeft = goesLeft(ensemble, node, row[column]!);
    const own = rowLeft ? left[node]! : right[node]!;
    if (held[column] === ROW) {
      // Nobody parts here: the set stays where it is.
      visit(own, depth);
      return;
    }
    if (part(node, depth, rowLeft)) visit(own, depth + 1);
    if (!part(node, depth, !rowLeft)) return;
    held[column] = ROW;
    credit.enter(ROW, column);
    visit(own, depth + 1);
    credit.leave(ROW);
    held[column] = SAMPLE;
    credit.enter(SAMPLE, column);
    visit(rowLeft ? right[node]! : left[node]!, depth + 1);
    credit.leave(SAMPLE);
    held[column] = BOTH;
  };

  return (values, target) => {
    row = values;
    into = target;
    for (const root of roots) visit(root, 0);
  };
}

/** For each node the background rows that go left there, one bit each; [nodes, words]. */
function backgroundBits(ensemble: Ensemble, { rows, columns, data }: Matrix, words: number): Int32Array {
  const { feature } = ensemble;
  const bits = new Int32Array(feature.length * words);
  for (let node = 0; node < feature.length; node += 1) {
    const column = feature[node]!;
    if (column < 0) continue;
    for (let sample = 0; sample < rows; sample += 1) {
      if (!goesLeft(ensemble, node, data[sample * columns + column]!)) continue;
      bits[node * words + (sample >> 5)]! |= 1 << (sample & 31);
    }
  }
  return bits;
}
