/**
 * Exact path-dependent SHAP values of tree ensembles: a feature left out of a coalition sends a row down both branches
 * in the shares of the training rows (Lundberg, Erion and Lee 2018, "Consistent individualized feature attribution
 * for tree ensembles", algorithm 2; O(leaves depth^2) a tree).
 */
import { invalidInput } from '../core/index.ts';
import { ensembleScores, goesLeft } from './ensemble-scores.ts';
import { createFeaturePath, type FeaturePath } from './feature-path.ts';
import type { Attribution, Ensemble, FeatureAttributor } from './types.ts';

/**
 * Prepares an ensemble.
 *
 * @param offsets added to the scores, one a target
 * @throws invalid_request `no_cover` if the file does not say how many training rows came to each node
 */
export function pathDependentTrees(ensemble: Ensemble, offsets: Float64Array): FeatureAttributor {
  const { targets } = ensemble;
  const cover = requireCover(ensemble);
  const base = expectedScores(ensemble, cover).map((mean, target) => mean + offsets[target]!);
  const path = createFeaturePath(ensemble.depth);
  return (features): Attribution => {
    const { rows, columns, data } = features;
    const scores = ensembleScores(ensemble, features).map((sum, index) => sum + offsets[index % targets]!);
    const values = new Float64Array(rows * targets * columns);
    for (let row = 0; row < rows; row += 1) {
      const into = values.subarray(row * targets * columns, (row + 1) * targets * columns);
      const own = data.subarray(row * columns, (row + 1) * columns);
      for (const root of ensemble.roots) walk({ ensemble, cover, path, row: own, into }, root);
    }
    return { rows, targets, columns, base, scores, values };
  };
}

function requireCover({ cover }: Ensemble): Float32Array {
  if (cover) return cover;
  throw invalidInput(
    'The file does not say how many training rows came to each node of its trees, which method=tree_path_dependent needs.',
    { code: 'no_cover' },
  );
}

/** The mean of the leaves, each weighed by its share of the training rows. */
function expectedScores(ensemble: Ensemble, cover: Float32Array): Float64Array {
  const { roots, feature, left, right, valueStart, valueTarget, values, targets } = ensemble;
  const means = new Float64Array(targets);
  const open = Array.from(roots, (node) => ({ node, share: 1 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, share } = next;
    if (feature[node]! >= 0) {
      for (const child of [left[node]!, right[node]!]) {
        open.push({ node: child, share: (share * cover[child]!) / cover[node]! });
      }
    }
    for (let entry = valueStart[node]!; entry < valueStart[node + 1]!; entry += 1) {
      means[valueTarget[entry]!]! += share * values[entry]!;
    }
  }
  return means;
}

interface Walk {
  readonly ensemble: Ensemble;
  readonly cover: Float32Array;
  readonly path: FeaturePath;
  readonly row: Float32Array;
  /** [targets, features] */
  readonly into: Float64Array;
}

/** Goes down both branches of every split, remembering for each feature the share of rows that came along. */
function walk({ ensemble, cover, path, row, into }: Walk, root: number): void {
  const { feature, left, right } = ensemble;
  const visit = (node: number, level: number): void => {
    const column = feature[node]!;
    if (column < 0) {
      creditLeaf(ensemble, node, { path, level, into, columns: row.length });
      return;
    }
    const rowLeft = goesLeft(ensemble, node, row[column]!);
    const [own, other] = rowLeft ? [left[node]!, right[node]!] : [right[node]!, left[node]!];
    const before = path.take(level, column);
    const shareOf = (child: number): number => (before.zero * cover[child]!) / cover[node]!;
    path.extend(level, { column, zero: shareOf(own), one: before.one });
    visit(own, level + 1);
    path.extend(level, { column, zero: shareOf(other), one: 0 });
    visit(other, level + 1);
  };
  path.start();
  visit(root, 0);
}

function creditLeaf(
  { valueStart, valueTarget, values }: Ensemble,
  node: number,
  { path, level, into, columns }: Pick<Walk, 'path' | 'into'> & { level: number; columns: number },
): void {
  const first = valueStart[node]!;
  const last = valueStart[node + 1]!;
  if (first === last) return;
  path.shares(level, (column, share) => {
    for (let entry = first; entry < last; entry += 1) {
      into[valueTarget[entry]! * columns + column]! += share * values[entry]!;
    }
  });
}
